package config_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"smalti/pkg/config"
)

func ExampleProgram() {
	greet := func(s *config.Set) config.Run {
		name := s.String("name", "world", "`name` of whom to greet")
		return func(_ context.Context, stdout, _ io.Writer) error {
			_, err := fmt.Fprintf(stdout, "Hello, %s!\n", *name)
			return err
		}
	}
	p := config.Program{Name: "greet", Commands: []config.Command{{About: "Greets somebody.", Define: greet}}}
	environment := map[string]string{"SMALTI_NAME": "Anna"}
	getenv := func(name string) string { return environment[name] }

	p.Run(context.Background(), nil, getenv, os.Stdout, os.Stdout)
	code := p.Run(context.Background(), []string{"-colour", "Ben"}, getenv, os.Stdout, os.Stdout)
	fmt.Println(code)
	// Output:
	// Hello, Anna!
	// greet: invalid configuration:
	//   flag provided but not defined: -colour
	// 78
}

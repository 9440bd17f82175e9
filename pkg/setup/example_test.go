package setup_test

import (
	"fmt"
	"os"

	"smalti/pkg/config"
	"smalti/pkg/setup"
)

func ExampleRedis() {
	s := config.New("worker", func(string) string { return "" }, os.Stdout)
	var redis setup.Redis
	redis.Define(s)
	if err := s.Parse([]string{"-redis", "redis://127.0.0.1:6379/0"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(redis.URL)
	// Output: redis://127.0.0.1:6379/0
}

package version_test

import (
	"flag"
	"fmt"

	"smalti/pkg/version"
)

func ExampleAddFlag() {
	f := flag.NewFlagSet("web", flag.ContinueOnError)
	version.AddFlag(f)
	fmt.Println(f.Lookup("version").Usage)
	// Output: print the version and exit
}

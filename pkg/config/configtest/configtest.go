// Package configtest keeps the README of a program in step with its flags.
package configtest

import (
	"flag"
	"os"
	"strings"
	"testing"

	"smalti/pkg/config"
)

var update = flag.Bool("update", false, "write the generated part of README.md")

// marker begins the generated part, which goes on to the end of the file.
const marker = "<!-- From here on written by `go generate`: do not edit. -->\n\n"

// Readme fails unless README.md, in the directory of the test, ends with the subcommands and flags of p.
// With -update, it writes them instead.
func Readme(t *testing.T, p config.Program) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(text), marker)
	want := p.Markdown()
	switch {
	case !found:
		t.Fatalf("README.md has no line %s", marker)
	case after == want:
	case !*update:
		t.Error("README.md differs from the flags; run: go generate")
	default:
		if err := os.WriteFile("README.md", []byte(before+marker+want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

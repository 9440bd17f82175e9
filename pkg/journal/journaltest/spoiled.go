// Package journaltest damages journal files for tests.
package journaltest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"smalti/pkg/job"
)

// Spoiled are what may become of a journal file, by name. Some can never be read again.
var Spoiled = map[string]struct {
	Spoil   func(t *testing.T, path string)
	ForGood bool
}{
	"a directory": {Spoil: func(t *testing.T, path string) {
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
	}},
	"a pipe": {Spoil: func(t *testing.T, path string) {
		if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
			t.Fatal(err)
		}
	}},
	"a link in a circle": {Spoil: func(t *testing.T, path string) {
		if err := errors.Join(os.Remove(path), os.Symlink(filepath.Base(path), path)); err != nil {
			t.Fatal(err)
		}
	}},
	"cut off": {ForGood: true, Spoil: func(t *testing.T, path string) {
		if err := os.Truncate(path, 40); err != nil {
			t.Fatal(err)
		}
	}},
	"empty": {ForGood: true, Spoil: func(t *testing.T, path string) {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
	}},
	"of another mosaic": {ForGood: true, Spoil: func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(path), ".json")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), id, job.NewID())), 0o600); err != nil {
			t.Fatal(err)
		}
	}},
	"with a field that nobody knows": {ForGood: true, Spoil: func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), `"friends"`, `"friendz"`, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}},
}

package atomicfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"smalti/pkg/atomicfile"
)

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "cursor.json")
	for _, text := range []string{"old", "new"} {
		if err := atomicfile.Replace(file, 0o600, func(f *os.File) error {
			_, err := f.WriteString(text)
			return err
		}); err != nil {
			panic(err)
		}
	}
	data, _ := os.ReadFile(file)
	fmt.Printf("%s\n", data)
	// Output: new
}

// Whatever goes wrong, the old file stays and the new one leaves nothing.
func TestFailureLeavesTheOldFile(t *testing.T) {
	fills := map[string]func(*os.File) error{
		"an error":                     func(f *os.File) error { _, _ = f.WriteString("half"); return errors.New("the rest is missing") },
		"a panic":                      func(f *os.File) error { _, _ = f.WriteString("half"); panic("the rest is missing") },
		"a file that cannot be closed": func(f *os.File) error { return f.Close() },
	}
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, fill := range fills {
		for how, write := range map[string]func() error{
			"Write":   func() error { return atomicfile.Write(root, "file", "file.tmp", 0o600, fill) },
			"Replace": func() error { return atomicfile.Replace(file, 0o600, fill) },
		} {
			err := func() (err error) {
				defer func() {
					if p := recover(); p != nil {
						err = fmt.Errorf("panic: %v", p)
					}
				}()
				return write()
			}()
			data, _ := os.ReadFile(file)
			entries, _ := os.ReadDir(dir)
			if err == nil || string(data) != "old" || len(entries) != 1 {
				t.Errorf("%s after %s: %v, the file is %q among %v", how, what, err, data, entries)
			}
		}
	}
}

// Two writers must not share a temporary file.
func TestTemporaryFileExists(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	err = atomicfile.Write(root, "file", "temp", 0o600, func(*os.File) error {
		return atomicfile.Write(root, "file", "temp", 0o600, func(*os.File) error { return nil })
	})
	if !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v", err)
	}
}

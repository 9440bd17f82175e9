package heifwasm_test

import (
	"bytes"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"smalti/pkg/heif/heiftest"
	"smalti/pkg/heifwasm"
	"smalti/pkg/testenv"
)

// A picture comes out, whatever became of the machine code that was kept.
func TestCompiledIsKept(t *testing.T) {
	testenv.SkipRace(t, "its decoders take more time and memory than they may")
	dir := filepath.Join(t.TempDir(), "compiled")
	decode := func() {
		t.Helper()
		d := heifwasm.Decoder{Compiled: dir}
		img, err := d.HEIC(t.Context(), heiftest.File("heic", []heiftest.Item{heiftest.HEVC()}), 1<<20)
		if err != nil || img.Bounds() != image.Rect(0, 0, heiftest.Width, heiftest.Height) {
			t.Fatal(img, err)
		}
	}
	decode()
	kept := files(t, dir)
	if len(kept) != 1 {
		t.Fatalf("after one kind of picture %d files are kept", len(kept))
	}
	before, err := os.Stat(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	decode()
	if after, err := os.Stat(kept[0]); err != nil || !os.SameFile(before, after) {
		t.Errorf("it was compiled again: %v", err)
	}
	code, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{nil, code[:len(code)/2], bytes.Repeat([]byte{0xcc}, len(code))} {
		if err := os.WriteFile(kept[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		decode()
		if again := files(t, dir); len(again) != 1 || again[0] != kept[0] || !same(t, kept[0], code) {
			t.Errorf("%d bytes of damaged machine code were not replaced: %v", len(damaged), again)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // where nothing can be kept
		t.Fatal(err)
	}
	decode()
}

func same(t *testing.T, file string, content []byte) bool {
	t.Helper()
	b, err := os.ReadFile(file)
	return err == nil && bytes.Equal(b, content)
}

func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

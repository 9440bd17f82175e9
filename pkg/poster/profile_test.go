package poster_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

// Little CMS, through vips, must take our profile and find that it is sRGB.
func TestProfileMeansTheSameToOthers(t *testing.T) {
	program := testenv.Program(t, "vips")
	dir := t.TempDir()
	file := filepath.Join(dir, "poster.jpg")
	data := write(t, photos(t, 6, 64), random(3, 2, 6, 0), poster.Options{Tile: 64, DPI: 254})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(arguments ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput()
		if err != nil {
			t.Fatalf("vips %q: %v: %s", arguments, err, out)
		}
		return string(bytes.TrimSpace(out))
	}
	converted, plain := filepath.Join(dir, "converted.v"), filepath.Join(dir, "plain.v")
	run("icc_transform", file, converted, "srgb", "--embedded", "--intent", "relative")
	run("copy", file, plain)
	difference, absolute := filepath.Join(dir, "difference.v"), filepath.Join(dir, "absolute.v")
	run("subtract", converted, plain, difference)
	run("abs", difference, absolute)
	if most := run("max", absolute); most != "0.000000" && most != "1.000000" {
		t.Errorf("converted to sRGB, the poster changes by %s levels", most)
	}
}

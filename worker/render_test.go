package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"smalti/pkg/config"
	"smalti/pkg/config/configtest"
	"smalti/pkg/portrait"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

func noEnvironment(string) string { return "" }

// renderWith runs the command as a person would.
func renderWith(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = commands.Run(t.Context(), append([]string{"render"}, args...), noEnvironment, &out, &errs)
	return code, out.String(), errs.String()
}

// album writes portraits into a directory, some of them below another one.
func album(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "more"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		name := filepath.Join(dir, []string{"", "more"}[i%2], "friend_"+string(rune('a'+i))+".png")
		var b bytes.Buffer
		if err := png.Encode(&b, portrait.Draw(i+1, 48)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A shape is asked for by name; what cannot be is refused before anything is read.
func TestShapesOfLocalMosaics(t *testing.T) {
	photos, out := album(t, 8), t.TempDir()
	args := []string{"-photos", photos, "-out", out, "-columns", "12", "-rows", "9", "-tile", "16"}
	for shape, size := range map[string]string{"brick": "184 x 144", "detail": "192 x 144"} {
		code, stdout, stderr := renderWith(t, append(args, "-shape", shape)...)
		var plan render.Plan
		readJSON(t, filepath.Join(out, "plan.json"), &plan)
		if code != 0 || !strings.Contains(stdout, size+" pixels") || string(plan.Shape) != shape {
			t.Errorf("%s: exit code %d, %q, %q, plan.json is of %s", shape, code, stdout, stderr, plan.Shape)
		}
	}
	for says, wrong := range map[string][]string{
		"square, brick or detail": {"-shape", "hexagon"},
		"multiple of 16":          {"-shape", "brick", "-tile", "24"},
	} {
		if code, _, stderr := renderWith(t, append(args, wrong...)...); code != config.ExitCode || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q, want %q", wrong, code, stderr, says)
		}
	}
}

func TestMosaicOfLocalFiles(t *testing.T) {
	photos, out := album(t, 8), filepath.Join(t.TempDir(), "new", "out")
	if err := os.WriteFile(filepath.Join(photos, "letter.jpg"), []byte("Dear friend,"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-photos", photos, "-target", filepath.Join(photos, "friend_a.png"), "-out", out, "-columns", "12", "-rows", "9", "-tile", "16", "-tint", "4"}
	code, stdout, stderr := renderWith(t, args...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if strings.Count(stdout, "\n") != 1 || !strings.Contains(stdout, "12 x 9 cells, 192 x 144 pixels (3.3 x 2.4 cm at 150 dpi), 8 photos (1 left out)") {
		t.Errorf("summary: %q", stdout)
	}
	for _, name := range []string{"poster.jpg", "first.jpg", "preview.jpg", "atlas-0.jpg", "plan.json", "plan-gzip.json", "manifest.json"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, _ := os.ReadDir(out)
	if len(entries) != 7 {
		t.Errorf("something else was left in %v", entries)
	}
	var plan render.Plan
	readJSON(t, filepath.Join(out, "plan.json"), &plan)
	if plan.Friends[0].Name != "friend a" || len(plan.Missing) != 1 || plan.Missing[0].Name != "letter.jpg" || plan.Tint.Largest > 4.01 {
		t.Errorf("plan: first friend %+v, missing %+v, tint %+v", plan.Friends[0], plan.Missing, plan.Tint)
	}
	var manifest store.Manifest
	readJSON(t, filepath.Join(out, "manifest.json"), &manifest)
	if len(manifest.Files) != 6 {
		t.Errorf("manifest: %+v", manifest.Files)
	}

	before, _ := os.ReadFile(filepath.Join(out, "poster.jpg"))
	if code, _, stderr := renderWith(t, args...); code != 0 {
		t.Fatalf("again: exit code %d: %s", code, stderr)
	}
	after, _ := os.ReadFile(filepath.Join(out, "poster.jpg"))
	if !bytes.Equal(before, after) {
		t.Error("the same files gave another poster")
	}
}

// Photos are told by what is in them. What is left out is counted by reason, or named.
func TestWhatIsLeftOut(t *testing.T) {
	photos := album(t, 3)
	good, err := os.ReadFile(filepath.Join(photos, "friend_a.png"))
	if err != nil {
		t.Fatal(err)
	}
	cut := append(bytes.Clone(good[:len(good)/3]), make([]byte, 100)...)
	for name, data := range map[string][]byte{
		"no_extension": good, "old.jfif": good, "letter.jpg": []byte("Dear friend,"), "note.txt": []byte("x"), "empty.png": nil,
		"._friend_a.png": good, ".DS_Store": {1}, "cut.png": cut,
	} {
		if err := os.WriteFile(filepath.Join(photos, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-photos", photos, "-out", t.TempDir(), "-columns", "12", "-rows", "9", "-tile", "16"}
	code, stdout, stderr := renderWith(t, args...)
	for _, want := range []string{"6 of 11 files were left out:", "  2: This is a text file.", "  2: This isn’t a photo but", "  1: This file is empty.", "  1: ", "With -v"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in %q", want, stderr)
		}
	}
	if code != 0 || !strings.Contains(stdout, "5 photos (6 left out)") || strings.Contains(stderr, "letter.jpg") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	code, stdout, stderr = renderWith(t, append(args, "-v")...)
	if told := regexp.MustCompile(`(?m)^CPU: reading [\d.]+ s, photos [\d.]+ s, matching [\d.]+ s, composing [\d.]+ s, delivering [\d.]+ s$`); !told.MatchString(stdout) {
		t.Errorf("no processor time in %q", stdout)
	}
	for _, name := range []string{"letter.jpg", "note.txt", "empty.png", "._friend_a.png", ".DS_Store", "cut.png"} {
		if !strings.Contains(stderr, strconv.Quote(filepath.Join(photos, name))+": ") {
			t.Errorf("%s is not named in %q", name, stderr)
		}
	}
	if code != 0 || strings.Contains(stderr, "friend_b") {
		t.Errorf("exit code %d, %q", code, stderr)
	}

	code, stdout, stderr = renderWith(t, "-photos", photos, "-target", filepath.Join(photos, "friend_a.png"), "-out", t.TempDir(), "-columns", "4", "-rows", "4")
	if code != 0 || !strings.Contains(stderr, "6 of 11 files") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	none := t.TempDir()
	if err := os.WriteFile(filepath.Join(none, "letter.jpg"), []byte("Dear friend,"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = renderWith(t, "-photos", none, "-out", t.TempDir(), "-v")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "letter.jpg\": This is a text file.") || !strings.Contains(stderr, "no pictures") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheDemoNeedsNoFiles(t *testing.T) {
	out := t.TempDir()
	if code, _, stderr := renderWith(t, "-out", out, "-columns", "20", "-tile", "8"); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	f, err := os.Open(filepath.Join(out, "poster.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil || img.Bounds().Dx() != 160 {
		t.Fatalf("%v, %v", img, err)
	}
	if img.ColorModel() != color.YCbCrModel {
		t.Error("the poster has no colour")
	}
}

func TestWhatCannotBeRendered(t *testing.T) {
	empty, photos := t.TempDir(), album(t, 1)
	broken := filepath.Join(t.TempDir(), "broken.jpg")
	if err := os.WriteFile(broken, []byte("\xff\xd8\xff\xe0"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no such directory", []string{"-photos", filepath.Join(empty, "gone")}, 1, "-photos"},
		{"no photos in it", []string{"-photos", empty}, 1, "no pictures"},
		{"one photo", []string{"-photos", photos}, 1, "One photo doesn’t make a mosaic"},
		{"no such target", []string{"-target", filepath.Join(empty, "gone.jpg")}, 1, "-target"},
		{"target is no picture", []string{"-target", broken}, 1, "-target: This picture is damaged or incomplete."},
		{"a grid too large", []string{"-columns", "9000", "-tile", "8"}, config.ExitCode, "-columns: The number of columns must be between 1 and 8,187."},
		{"a poster too large", []string{"-columns", "1024", "-rows", "10"}, config.ExitCode, "-tile: The poster would be 65,536 pixels long; a JPEG ends at 65,500."},
		{"a tile that does not fit", []string{"-tile", "7"}, config.ExitCode, "-tile: The tile size must be between 8 and 1,024 pixels."},
		{"a number that is none", []string{"-columns", "many"}, config.ExitCode, "-columns"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			code, stdout, stderr := renderWith(t, append(tc.args, "-out", out)...)
			if code != tc.code || !strings.Contains(stderr, tc.says) || stdout != "" {
				t.Errorf("exit code %d, %q, %q; want %d and %q", code, stdout, stderr, tc.code, tc.says)
			}
			if _, err := os.Stat(filepath.Join(out, "manifest.json")); !errors.Is(err, os.ErrNotExist) {
				t.Error("there is a manifest of nothing")
			}
		})
	}
}

func TestTheDaemonNeedsAQueueAndAStore(t *testing.T) {
	var out, errs bytes.Buffer
	code := commands.Run(t.Context(), nil, noEnvironment, &out, &errs)
	if code != config.ExitCode || !strings.Contains(errs.String(), "-redis") || !strings.Contains(errs.String(), "-store") {
		t.Errorf("exit code %d: %s", code, &errs)
	}
}

func TestReadme(t *testing.T) { configtest.Readme(t, commands) }

// A mosaic that takes more memory than there is, is refused before it starts.
func TestLocalMosaicTooLarge(t *testing.T) {
	limit := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(limit)
	out := filepath.Join(t.TempDir(), "out")
	code, _, stderr := renderWith(t, "-memory", "256", "-columns", "340", "-rows", "340", "-out", out)
	if _, err := os.Stat(out); code != 1 || !strings.Contains(stderr, "there is room for 204 MB; it needs -memory ") || err == nil {
		t.Errorf("exit code %d, %q, %v", code, stderr, err)
	}
	if debug.SetMemoryLimit(-1) != 256<<20/10*9 {
		t.Error("the collector has no limit")
	}
	if code, _, stderr := renderWith(t, "-memory", "100"); code != config.ExitCode || !strings.Contains(stderr, "-memory") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

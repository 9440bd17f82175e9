package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wantLost expects a server to say that a mosaic is lost: to polls, on the page in both languages, and for
// its files, whole or not.
func wantLost(t *testing.T, base, id, when string) {
	t.Helper()
	code, v, _ := do(t, "GET", base+"/api/v1/mosaics/"+id, "", nil)
	if code != http.StatusGone || v["code"] != "lost" {
		t.Errorf("%s: poll: %d %v", when, code, v)
	}
	for lang, says := range map[string]string{"en": "damaged in our storage", "de": "in unserem Speicher beschädigt"} {
		code, page, _ := get(t, base+"/m/"+id+"?lang="+lang, "Accept", "text/html")
		if code != http.StatusGone || !strings.Contains(string(page), says) {
			t.Errorf("%s: page in %s: %d", when, lang, code)
		}
	}
	for _, path := range []string{"/files/" + id + "/poster.jpg", "/files/" + id + "/preview.jpg", "/m/" + id + "/print.pdf"} {
		if code, _, h := get(t, base+path); code != http.StatusGone || h.Get("ETag") != "" {
			t.Errorf("%s: %s: %d", when, path, code)
		}
	}
}

func TestALostMosaicIsToldAsLost(t *testing.T) {
	for name, tc := range map[string]struct {
		harm  func(t *testing.T, dir string)
		meets string // what finds it: the scrubber, or somebody who looks at this
	}{
		"flipped byte, scrubbed":     {func(t *testing.T, dir string) { flipByte(t, filepath.Join(dir, "poster.jpg")) }, ""},
		"cut file, read":             {func(t *testing.T, dir string) { cut(t, filepath.Join(dir, "poster.jpg")) }, "/files/%/poster.jpg"},
		"cut file, another one read": {func(t *testing.T, dir string) { cut(t, filepath.Join(dir, "plan.json")) }, "/files/%/poster.jpg"},
		"no manifest, read":          {func(t *testing.T, dir string) { rm(t, filepath.Join(dir, "manifest.json")) }, "/files/%/poster.jpg"},
		"no manifest, page":          {func(t *testing.T, dir string) { rm(t, filepath.Join(dir, "manifest.json")) }, "/m/%"},
		"missing file, printed":      {func(t *testing.T, dir string) { rm(t, filepath.Join(dir, "poster.jpg")) }, "/m/%/print.pdf"},
		"nothing left, page":         {rm, "/m/%"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			ctx, stop := context.WithCancel(t.Context())
			sys := startIn(t, ctx, data)
			id := accept(t, sys.url(), small)
			expectDone(t, sys.url(), id, soon)
			dir := filepath.Join(data, "store", "mosaics", id)
			kept := filepath.Join(t.TempDir(), "kept")
			if err := os.CopyFS(kept, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			tc.harm(t, dir)
			if tc.meets == "" {
				if err := sys.scrubber.Pass(t.Context()); err != nil {
					t.Fatal(err)
				}
			} else if code, _, _ := get(t, sys.url()+strings.ReplaceAll(tc.meets, "%", id)); code != http.StatusGone {
				t.Errorf("who meets it is told %d", code)
			}
			wantLost(t, sys.url(), id, "found")
			stop()
			if err := sys.wait(); err != nil {
				t.Fatal(err)
			}

			ctx, stop = context.WithCancel(t.Context())
			sys = startIn(t, ctx, data)
			wantLost(t, sys.url(), id, "after a restart")

			// Somebody puts the files back from a backup.
			rm(t, dir)
			if err := os.Rename(kept, dir); err != nil {
				t.Fatal(err)
			}
			if err := sys.scrubber.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			expectDone(t, sys.url(), id, soon)
			if code, _, _ := get(t, sys.url()+"/files/"+id+"/poster.jpg"); code != http.StatusOK {
				t.Errorf("put back: %d", code)
			}
			stop()
			if err := sys.wait(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func flipByte(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
}

func rm(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

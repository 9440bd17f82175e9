package main

import (
	"image/color"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"smalti/pkg/store"
)

// Whose photos they are is noted with them.
func TestUploadsSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base := startSystem(t, "-data", data, "-workers", "0")
	code, answer := postParts(t, base, plainField("source", "upload"), part{"target", "t.png", picture(t, 40, 40, color.White)},
		part{"photos", "a.png", picture(t, 40, 40, color.Black)}, part{"photos", "b.png", picture(t, 40, 40, color.White)})
	if code != http.StatusAccepted {
		t.Fatalf("%d %v", code, answer)
	}
	found, err := filepath.Glob(filepath.Join(data, "store", "uploads", "*", store.JobUpload))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	if got, err := os.ReadFile(found[0]); err != nil || string(got) != answer["id"] {
		t.Errorf("they are of %q, want %q", got, answer["id"])
	}
}

package main

import (
	"image/color"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"smalti/pkg/heif/heiftest"
	"smalti/pkg/store"
	"smalti/pkg/testenv"
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

// What phones send unchanged becomes a friend like any other.
func TestUploadsOfPhones(t *testing.T) {
	testenv.SkipRace(t, "the decoders take more time and memory than they may")
	t.Parallel()
	base := startSystem(t)
	heic, avif := heiftest.File("heic", []heiftest.Item{heiftest.HEVC()}), heiftest.File("avif", []heiftest.Item{heiftest.AV1()})
	code, answer := postParts(t, base, plainField("source", "upload"), part{"target", "t.heic", heic},
		part{"photos", "Ada.heic", heic}, part{"photos", "Bo.avif", avif}, part{"photos", "Cem.png", picture(t, 40, 40, color.White)})
	if code != http.StatusAccepted {
		t.Fatalf("%d %v", code, answer)
	}
	id, _ := answer["id"].(string)
	if v := poll(t, base, id, 30*time.Second); v["state"] != "done" || v["lost"] != nil {
		t.Errorf("%v", v)
	}
	// One that was cut off is told, like any other.
	if code, answer := postParts(t, base, plainField("source", "upload"), part{"target", "t.heic", heic[:len(heic)-1]}, part{"photos", "Ada.heic", heic}); code != http.StatusUnprocessableEntity {
		t.Errorf("a target that was cut off: %d %v", code, answer)
	}
}

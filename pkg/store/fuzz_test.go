package store_test

import (
	"encoding/json"
	"path"
	"reflect"
	"strings"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/store"
)

const fuzzID = "AAAAAAAAAAAAAAAAAAAAAA"

// The names and sizes in a manifest are safe to use, and survive writing and reading.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"` + fuzzID + `","created":"2026-01-02T03:04:05Z","result":{"files":["a.jpg"]},
		"files":[{"name":"a.jpg","bytes":1,"sha256":"` + strings.Repeat("0f", 32) + `"}]}`))
	f.Add([]byte(`{"v":1,"files":[{"name":"../../etc/passwd","bytes":-1}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := store.ParseManifest(data, fuzzID)
		if err != nil {
			return
		}
		if m.ID != fuzzID || len(m.Files) == 0 {
			t.Fatalf("accepted: %+v", m)
		}
		for _, file := range m.Files {
			if !store.ValidName(file.Name) || file.Bytes < 0 || len(file.SHA256) != 64 {
				t.Fatalf("accepted: %+v", file)
			}
			if got, ok := m.File(file.Name); !ok || got != file {
				t.Fatalf("%s stands there twice", file.Name)
			}
		}
		if m.Created.Year() < 0 || m.Created.Year() > 9999 {
			return // encoding/json refuses to write these
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if len(again) > 1<<20 {
			return
		}
		if m2, err := store.ParseManifest(again, fuzzID); err != nil || !reflect.DeepEqual(m2.Files, m.Files) {
			t.Fatalf("read again: %+v, %v", m2, err)
		}
	})
}

// Paths that are accepted from FTP clients stay inside the store, at most three names deep, each
// of them harmless.
func FuzzClientPath(f *testing.F) {
	for _, seed := range []string{
		"/", "/incoming", "/incoming/" + fuzzID + ".1-a/poster.jpg", "/mosaics/" + fuzzID + "/manifest.json",
		"/uploads/" + fuzzID + "/photo-1", "/uploads/" + fuzzID + "/photo-1.abc.part", "/../etc/passwd", "//x", "/.tmp/x",
		"/mosaics/" + fuzzID + "\n", "/mosaics/" + fuzzID + "/x.jpg\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, p string) {
		rel, err := store.ParseClientPath(p)
		if err != nil {
			return
		}
		if rel == "." && p == "/" {
			return
		}
		if "/"+rel != p || path.Clean(p) != p || strings.Count(p, "/") > 3 || strings.ContainsAny(rel, "\x00\r\n\\ ") {
			t.Fatalf("%q was accepted as %q", p, rel)
		}
		parts := strings.Split(rel, "/")
		for _, part := range parts {
			if part == "" || part[0] == '.' {
				t.Fatalf("%q was accepted", p)
			}
		}
		if parts[0] != "incoming" && parts[0] != "mosaics" && parts[0] != "uploads" {
			t.Fatalf("%q was accepted", p)
		}
		if len(parts) > 1 {
			if id, _, _ := strings.Cut(parts[1], "."); !job.ValidID(id) {
				t.Fatalf("%q was accepted", p)
			}
		}
	})
}

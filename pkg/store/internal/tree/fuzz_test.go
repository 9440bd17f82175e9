package tree_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"smalti/pkg/store/internal/tree"
)

const fuzzID = "AAAAAAAAAAAAAAAAAAAAAA"

// The names and sizes in a manifest are safe to use, and survive writing and reading.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"` + fuzzID + `","created":"2026-01-02T03:04:05Z","result":{"files":["a.jpg"]},
		"files":[{"name":"a.jpg","bytes":1,"sha256":"` + strings.Repeat("0f", 32) + `"}]}`))
	f.Add([]byte(`{"v":1,"files":[{"name":"../../etc/passwd","bytes":-1}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := tree.ParseManifest(data, fuzzID)
		if err != nil {
			return
		}
		if m.ID != fuzzID || len(m.Files) == 0 {
			t.Fatalf("accepted: %+v", m)
		}
		for _, file := range m.Files {
			if !tree.ValidName(file.Name) || file.Bytes < 0 || len(file.SHA256) != 64 {
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
		if m2, err := tree.ParseManifest(again, fuzzID); err != nil || !reflect.DeepEqual(m2.Files, m.Files) {
			t.Fatalf("read again: %+v, %v", m2, err)
		}
	})
}

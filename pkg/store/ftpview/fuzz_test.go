package ftpview

import (
	"path"
	"strings"
	"testing"

	"smalti/pkg/job"
)

const fuzzID = "AAAAAAAAAAAAAAAAAAAAAA"

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
		at, err := parseClientPath(p)
		if err != nil {
			return
		}
		rel := at.rel
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

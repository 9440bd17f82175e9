package friends_test

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"smalti/pkg/friends"
)

// What was edited on an iPhone and its original are one friend, in a zip file and in a folder. The original takes
// nobody's place.
func TestEditedPhotosReplaceOriginals(t *testing.T) {
	same := picture(t, 0)
	for _, c := range readNameCases(t).Edited {
		var entries []entry
		files := map[string][]byte{}
		for _, name := range c.Files {
			entries = append(entries, entry{name, same})
			files[name] = same
		}
		check := func(u *friends.Upload, from string) {
			t.Helper()
			var left []string
			for _, s := range u.Skipped() {
				if s.Why.Code == "upload.original" {
					left = append(left, s.Name)
				}
			}
			var want []string
			for _, name := range c.Originals {
				want = append(want, filepath.Base(name))
			}
			slices.Sort(left)
			if !slices.Equal(left, want) || len(u.Friends())+len(want) != len(c.Files) {
				t.Errorf("%s of %q: %q are left out as originals, want %q", from, slices.Sorted(maps.Keys(files)), left, want)
			}
		}
		data := zipped(t, entries...)
		u := newUpload(&memoryStore{}, friends.UploadLimits{Photos: len(c.Files) - len(c.Originals)})
		if err := u.AddZip(t.Context(), bytes.NewReader(data), int64(len(data))); err != nil {
			t.Errorf("%q: %v", c.Files, err)
		}
		check(u, "a zip file")
		dir := t.TempDir()
		write(t, dir, files)
		u = newUpload(nil, friends.UploadLimits{Photos: len(c.Files) - len(c.Originals)})
		addFolder(t, u, dir)
		check(u, "a folder")
	}
}

package friends_test

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"smalti/pkg/friends"
)

// nameCases are testdata/names.json, which the tests of the page's scripts can read as well.
type nameCases struct {
	Files []struct {
		File string // its name
		Name string // of the friend, who is the third
	}
	Edited []struct {
		Files     []string
		Originals []string
	}
	Hidden []struct {
		File   string
		Hidden bool // left out without being looked at
	}
	Zips []struct {
		About   string
		Entries []zipName
	}
}

type zipName struct {
	Bytes, Extra string // in hexadecimal
	UTF8         bool   // the name is marked as such
	Path         string // U+FFFD in it: what cannot be known
}

func readNameCases(t testing.TB) (c nameCases) {
	t.Helper()
	data, err := os.ReadFile("testdata/names.json")
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNamesOfFiles(t *testing.T) {
	for _, c := range readNameCases(t).Files {
		got := friends.NameOfFile(c.File, 3)
		if got != c.Name {
			t.Errorf("%q is called %q, want %q", c.File, got, c.Name)
		}
		// A browser that has named a photo sends it under that name.
		if again := friends.NameOfFile(got+".jpg", 3); again != got {
			t.Errorf("%q becomes %q the second time", got, again)
		}
	}
	if got := friends.NameOfFile("J\x81rgen_M\x81ller.jpg", 3); got != "Jürgen Müller" {
		t.Errorf("a file that was unpacked without being renamed is called %q", got)
	}
}

func TestHiddenFiles(t *testing.T) {
	for _, c := range readNameCases(t).Hidden {
		u := newUpload(&memoryStore{}, friends.UploadLimits{})
		if err := u.Add(t.Context(), c.File, bytes.NewReader(picture(t, 0))); err != nil {
			t.Fatal(err)
		}
		if hidden := len(u.Skipped()) == 1; hidden != c.Hidden {
			t.Errorf("%q is left out: %v", c.File, hidden)
		}
	}
}

// zipNamed is a zip file whose entries have these names, as bytes, and the same picture.
func zipNamed(t testing.TB, entries []zipName, picture []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		name, err1 := hex.DecodeString(e.Bytes)
		extra, err2 := hex.DecodeString(e.Extra)
		h := &zip.FileHeader{Name: string(name), Extra: extra, Method: zip.Store}
		if e.UTF8 {
			h.Flags |= 1 << 11
		}
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		h.CRC32, h.CompressedSize64, h.UncompressedSize64 = crc32.ChecksumIEEE(picture), uint64(len(picture)), uint64(len(picture))
		f, err := w.CreateRaw(h)
		if err == nil {
			_, err = f.Write(picture)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNamesInZips(t *testing.T) {
	data := picture(t, 0)
	for _, c := range readNameCases(t).Zips {
		z := zipNamed(t, c.Entries, data)
		u := newUpload(&memoryStore{}, friends.UploadLimits{})
		if err := u.AddZip(t.Context(), bytes.NewReader(z), int64(len(z))); err != nil {
			t.Errorf("%s: %v", c.About, err)
			continue
		}
		var got, want []string
		for _, f := range u.Friends() {
			got = append(got, f.Name)
		}
		for _, e := range c.Entries {
			if !strings.HasPrefix(e.Path, "__MACOSX") {
				want = append(want, friends.NameOfFile(e.Path, len(want)+1))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: friends %q, want %q", c.About, got, want)
		}
	}
}

func FuzzNameOfFile(f *testing.F) {
	cases := readNameCases(f)
	for _, c := range cases.Files {
		f.Add(c.File)
	}
	for _, c := range cases.Zips {
		for _, e := range c.Entries {
			name, err := hex.DecodeString(e.Bytes)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(name))
		}
	}
	f.Fuzz(func(t *testing.T, file string) {
		name := friends.NameOfFile(file, 3)
		bad := func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
		}
		if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 80 || strings.ContainsFunc(name, bad) || strings.TrimSpace(name) != name {
			t.Errorf("%q is called %q", file, name)
		}
		if !norm.NFC.IsNormalString(name) {
			t.Errorf("%q is not in Normalization Form C", name)
		}
	})
}

// FuzzZipPaths: whatever the bytes of two names, and the extra field of the first, the friends have names.
func FuzzZipPaths(f *testing.F) {
	for _, c := range readNameCases(f).Zips {
		e := append(slices.Clone(c.Entries), zipName{})
		first, _ := hex.DecodeString(e[0].Bytes)
		extra, _ := hex.DecodeString(e[0].Extra)
		second, _ := hex.DecodeString(e[1].Bytes)
		f.Add(first, extra, second)
	}
	data := picture(f, 0)
	f.Fuzz(func(t *testing.T, first, extra, second []byte) {
		isFolder := bytes.HasSuffix(first, []byte("/")) || bytes.HasSuffix(second, []byte("/"))
		if isFolder || len(first) > 1000 || len(second) > 1000 || len(extra) > 1000 {
			return
		}
		entries := []zipName{{Bytes: hex.EncodeToString(first), Extra: hex.EncodeToString(extra)}, {Bytes: hex.EncodeToString(second)}}
		z := zipNamed(t, entries, data)
		u := newUpload(&memoryStore{}, friends.UploadLimits{})
		if err := u.AddZip(t.Context(), bytes.NewReader(z), int64(len(z))); err != nil {
			return
		}
		for _, f := range u.Friends() {
			if f.Name == "" || !utf8.ValidString(f.Name) {
				t.Errorf("%x and %x: name %q", first, second, f.Name)
			}
		}
	})
}

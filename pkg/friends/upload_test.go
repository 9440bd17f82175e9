package friends_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/photo"
	"smalti/pkg/testenv"
)

var someDay = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// memoryStore keeps uploads in memory, and keeps the promises of [friends.UploadStore].
type memoryStore struct {
	files  map[string][]byte
	broken error
}

func (s *memoryStore) PutUpload(_ context.Context, id, name string, r io.Reader, most int64) error {
	if s.broken != nil {
		return s.broken
	}
	if !job.ValidID(id) || !job.ValidUploadName(name) {
		return fmt.Errorf("bad name %q/%q", id, name)
	}
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if int64(len(data)) > most {
		return errors.New("store: too large")
	}
	if s.files == nil {
		s.files = make(map[string][]byte)
	}
	s.files[name] = data
	return nil
}

// picture is a PNG of about so many bytes.
func picture(t testing.TB, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	state := uint32(size)
	for b.Len() < size {
		state = state*1664525 + 1013904223
		b.WriteByte(byte(state >> 24)) // behind the end, where decoders do not look, and nothing compresses
	}
	return b.Bytes()
}

func newUpload(s *memoryStore, l friends.UploadLimits) *friends.Upload {
	return friends.NewUpload(s, job.NewID(), l)
}

func TestUploadOfFiles(t *testing.T) {
	var s memoryStore
	u := newUpload(&s, friends.UploadLimits{Photo: photo.Limits{Bytes: 1000}})
	a, b := picture(t, 0), picture(t, 1000)
	for _, f := range []struct {
		name string
		data []byte
	}{
		{`C:\photos\zoë_and.tom.JPG`, a},
		{"holiday/notes.txt", []byte("Dear Zoë")},
		{"holiday/.DS_Store", a},
		{"__MACOSX/holiday/._a.jpg", a},
		{"large.png", picture(t, 1001)},
		{"empty.jpg", nil},
		{"fits.png", b},
		{"___.png", a},
		{"song.mp3", []byte("ID3....")},
	} {
		if err := u.Add(t.Context(), f.name, bytes.NewReader(f.data)); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
	}
	var names []string
	for i, f := range u.Friends() {
		names = append(names, f.Name)
		address, err := job.ParseAddress(f.Photo)
		if err != nil || address.Name != fmt.Sprintf("%04d", i+1) {
			t.Errorf("friend %d has the photo %q: %v", i, f.Photo, err)
		}
	}
	if want := []string{"zoë and.tom", "fits", "photo 3"}; !slices.Equal(names, want) {
		t.Errorf("friends %q, want %q", names, want)
	}
	wantValid(t, u.Friends())
	if !bytes.Equal(s.files["0001"], a) || !bytes.Equal(s.files["0002"], b) || len(s.files) != 3 {
		t.Errorf("the store has %v", slices.Collect(maps.Keys(s.files)))
	}
	wantSkipped(t, u, "notes.txt: photo.unsupported.text", ".DS_Store: upload.system_file", "._a.jpg: upload.system_file",
		"large.png: photo.format_too_large", "empty.jpg: photo.empty", "song.mp3: photo.unsupported.sound")
}

// A refusal names the format, its figure and the limit.
func TestUploadNamesFigures(t *testing.T) {
	u := newUpload(&memoryStore{}, friends.UploadLimits{Photo: photo.Limits{Bytes: 100_000, Pixels: 10}})
	for _, data := range [][]byte{picture(t, 123_456), picture(t, 0)} {
		u2 := newUpload(&memoryStore{}, friends.UploadLimits{Photo: photo.Limits{Bytes: 100_000}})
		if err := u2.Add(t.Context(), "a.png", bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		if err := u.Add(t.Context(), "a.png", bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		for _, s := range u2.Skipped() {
			if got := s.Why.String(); got != "This PNG file is 121 kB; the limit is 97.7 kB." {
				t.Error(got)
			}
		}
	}
	for _, s := range u.Skipped() {
		if s.Why.Args["format"] != "PNG" || s.Why.Args["size"] == 0. || s.Why.Args["limit"] == 0. {
			t.Errorf("%+v", s)
		}
	}
	if len(u.Skipped()) != 2 {
		t.Errorf("skipped %v", u.Skipped())
	}
	_, err := newUpload(&memoryStore{}, friends.UploadLimits{Photo: photo.Limits{Bytes: 100_000}}).AddTarget(t.Context(), bytes.NewReader(picture(t, 123_456)))
	wantMessage(t, err, "photo.format_too_large")
}

func wantSkipped(t *testing.T, u *friends.Upload, want ...string) {
	t.Helper()
	var got []string
	for _, s := range u.Skipped() {
		got = append(got, s.Name+": "+s.Why.Code)
	}
	if len(got) != len(want) {
		t.Errorf("skipped %q, want %q", got, want)
		return
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("skipped %q, want %q…", got[i], want[i])
		}
	}
}

func wantMessage(t *testing.T, err error, code string) {
	t.Helper()
	if m, ok := message.Of(err); !ok || m.Code != code {
		t.Errorf("got %v (%+v), want the message %s", err, m, code)
	}
}

func TestUploadLimits(t *testing.T) {
	u := newUpload(&memoryStore{}, friends.UploadLimits{Photos: 2})
	for range 2 {
		if err := u.Add(t.Context(), "a.png", bytes.NewReader(picture(t, 0))); err != nil {
			t.Fatal(err)
		}
	}
	wantMessage(t, u.Add(t.Context(), "a.png", bytes.NewReader(picture(t, 0))), "upload.too_many")

	u = newUpload(&memoryStore{}, friends.UploadLimits{Bytes: 5 << 20})
	for range 2 {
		if err := u.Add(t.Context(), "a.png", bytes.NewReader(picture(t, 2<<20))); err != nil {
			t.Fatal(err)
		}
	}
	wantMessage(t, u.Add(t.Context(), "a.png", bytes.NewReader(picture(t, 2<<20))), "upload.too_much")
	if n := len(u.Friends()); n != 2 {
		t.Errorf("%d friends", n)
	}
}

func TestUploadOfEverythingButPhotos(t *testing.T) {
	u := newUpload(&memoryStore{}, friends.UploadLimits{})
	var err error
	for n := 0; err == nil; n++ {
		if n > 100_000 {
			t.Fatal("there is no end to it")
		}
		err = u.Add(t.Context(), "a.txt", strings.NewReader("x"))
	}
	wantMessage(t, err, "upload.mostly_other")
}

func TestUploadOfTheTarget(t *testing.T) {
	var s memoryStore
	u := newUpload(&s, friends.UploadLimits{})
	address, err := u.AddTarget(t.Context(), bytes.NewReader(picture(t, 100_000)))
	if a, parseErr := job.ParseAddress(address); err != nil || parseErr != nil || a.Name != "target" || len(s.files["target"]) != 100_000 {
		t.Errorf("target is %q, %v", address, err)
	}
	_, err = u.AddTarget(t.Context(), strings.NewReader("<html>"))
	wantMessage(t, err, "photo.unsupported.web_page")
	if len(u.Friends()) != 0 {
		t.Error("the target became a friend")
	}
}

func TestUploadTellsFaultsApart(t *testing.T) {
	lost := errors.New("connection lost")
	for _, n := range []int{0, 10, 5000} {
		u := newUpload(&memoryStore{}, friends.UploadLimits{})
		r := io.MultiReader(bytes.NewReader(picture(t, 5000)[:n]), failing{lost})
		if err := u.Add(t.Context(), "a.png", r); !errors.Is(err, lost) || len(u.Skipped()) != 0 {
			t.Errorf("sender lost after %d bytes: %v", n, err)
		}
	}
	full := errors.New("disk full")
	u := newUpload(&memoryStore{broken: full}, friends.UploadLimits{})
	if err := u.Add(t.Context(), "a.png", bytes.NewReader(picture(t, 0))); !errors.Is(err, full) || len(u.Friends()) != 0 {
		t.Errorf("memoryStore full: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type entry struct {
	name string
	data []byte
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUploadOfAZip(t *testing.T) {
	var s memoryStore
	u := newUpload(&s, friends.UploadLimits{Photo: photo.Limits{Bytes: 10_000}})
	a := picture(t, 3000)
	damaged := zipped(t, entry{"damaged.png", a})
	data := zipped(t,
		entry{"us/", nil}, entry{"us/Ada_Ashdown.png", a}, entry{"__MACOSX/us/._Ada_Ashdown.png", a},
		entry{"us/.DS_Store", nil}, entry{"us/Thumbs.db", nil}, entry{"us/readme.txt", []byte("hello")},
		entry{"us/inner.zip", damaged}, entry{"../../etc/Βασιλική.png", a}, entry{"us/large.png", picture(t, 10_001)},
		entry{"us/\x1b[31mred\u202e.png", a},
	)
	if err := u.AddZip(t.Context(), bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range u.Friends() {
		names = append(names, f.Name)
	}
	if want := []string{"Ada Ashdown", "Βασιλική", "[31mred"}; !slices.Equal(names, want) {
		t.Errorf("friends %q, want %q", names, want)
	}
	wantValid(t, u.Friends())
	wantSkipped(t, u, "._Ada_Ashdown.png: upload.system_file", ".DS_Store: upload.system_file", "Thumbs.db: upload.system_file",
		"readme.txt: photo.unsupported.text", "inner.zip: photo.unsupported.archive", "large.png: photo.format_too_large")
	if !friends.IsZip(data) || friends.IsZip(a) {
		t.Error("IsZip is wrong")
	}
}

// What phones put beside photos takes nobody's place, and is named.
func TestZipOfLivePhotos(t *testing.T) {
	a := picture(t, 3000)
	film := append([]byte("\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  "), make([]byte, 15_000)...)
	data := stored(t, entry{"Anna.JPG", a}, entry{"Anna.MOV", film}, entry{"Anna.AAE", []byte("<?xml version=\"1.0\"?><plist/>")},
		entry{"Bob.JPG", a}, entry{"Bob.MOV", film}, entry{"Bob.JPG.json", []byte("{}")})
	u := newUpload(&memoryStore{}, friends.UploadLimits{Photos: 2, Bytes: 20_000})
	if err := u.AddZip(t.Context(), bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
	if f := u.Friends(); len(f) != 2 || f[1].Name != "Bob" {
		t.Errorf("friends %v", f)
	}
	wantSkipped(t, u, "Anna.MOV: photo.unsupported.video", "Anna.AAE: photo.unsupported.text", "Bob.MOV: photo.unsupported.video", "Bob.JPG.json: photo.unsupported.text")
	wantMessage(t, u.Add(t.Context(), "Carl.JPG", bytes.NewReader(a)), "upload.too_many")
}

func TestZipEntriesThatCannotBeRead(t *testing.T) {
	a := picture(t, 3000)
	data := zipped(t, entry{"damaged.png", a}, entry{"good.png", a}, entry{"secret.png", a}, entry{"strange.png", a})
	data[200] ^= 0x55 // within the first entry's data
	for i, n := 0, 0; n < 4; n++ {
		i += bytes.Index(data[i:], []byte("PK\x01\x02"))
		switch n {
		case 2:
			data[i+8] |= 1 // encrypted
		case 3:
			data[i+10] = 99 // an unknown method
		}
		i += 4
	}
	u := newUpload(&memoryStore{}, friends.UploadLimits{})
	if err := u.AddZip(t.Context(), bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
	if f := u.Friends(); len(f) != 1 || f[0].Name != "good" {
		t.Errorf("friends %v", f)
	}
	wantSkipped(t, u, "damaged.png: zip.unreadable", "secret.png: zip.locked", "strange.png: zip.unreadable")
}

func TestZipBombs(t *testing.T) {
	testenv.SkipSlow(t)
	zeros := append(picture(t, 0), make([]byte, 50<<20)...)
	many := make([]entry, 3)
	for i := range many {
		many[i] = entry{fmt.Sprint(i, ".png"), picture(t, 2<<20)}
	}
	crowd := make([]entry, job.MaxFriends+1)
	for i := range crowd {
		crowd[i] = entry{name: fmt.Sprint(i, ".png")}
	}
	longNames := make([]entry, 200)
	for i := range longNames {
		longNames[i] = entry{name: fmt.Sprint(i) + strings.Repeat("x", 60_000)}
	}
	folders := make([]entry, 2*job.MaxFriends+1001)
	for i := range folders {
		folders[i] = entry{name: fmt.Sprint(i, "/")}
	}
	for _, tc := range []struct {
		name string
		data []byte
		code string
	}{
		{"deflated zeros", zipped(t, entry{"a.png", zeros}), "zip.bomb"},
		{"zeros, with a lie about their size", lying(t, zeros, 1000), ""},
		{"overlapping entries", overlapping(t, picture(t, 1<<20), 40), "upload.too_much"},
		{"a few overlapping entries", overlapping(t, picture(t, 100_000), 2), "zip.bomb"},
		{"an entry within another", nested(t, picture(t, 100_000)), "zip.bomb"},
		{"the directory as data", intoDirectory(t, picture(t, 100_000)), "zip.bomb"},
		{"many small bombs", zipped(t, smallBombs(t)...), "zip.bomb"},
		{"too much together", zipped(t, many...), "upload.too_much"},
		{"too many", zipped(t, crowd...), "upload.too_many"},
		{"too many folders", zipped(t, folders...), "zip.too_many"},
		{"names of megabytes", zipped(t, longNames...), "zip.too_many"},
		{"nothing in it", zipped(t), "zip.empty"},
		{"cut off", zipped(t, many...)[:5<<20], "zip.broken"},
		{"no zip", []byte("PK\x03\x04 or so"), "zip.broken"},
		{"nothing", nil, "zip.broken"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s memoryStore
			u := newUpload(&s, friends.UploadLimits{Bytes: 5 << 20})
			err := u.AddZip(t.Context(), bytes.NewReader(tc.data), int64(len(tc.data)))
			if tc.code != "" {
				wantMessage(t, err, tc.code)
			} else if err != nil {
				t.Error(err)
			}
			total := 0
			for _, f := range s.files {
				total += len(f)
			}
			if total > 5<<20 || len(u.Friends()) != len(s.files) {
				t.Errorf("%d bytes of %d files for %d friends are on the memoryStore", total, len(s.files), len(u.Friends()))
			}
		})
	}
}

// lying is a zip file of one entry whose directory understates its size.
func lying(t *testing.T, data []byte, claim uint32) []byte {
	z := zipped(t, entry{"a.png", data})
	i := bytes.LastIndex(z, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(z[i+24:], claim)
	return z
}

// overlapping is a zip file whose directory names the same data many times.
func overlapping(t *testing.T, data []byte, times int) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "a.png", Method: zip.Store, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))}
	f, err := w.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	f.Write(data)
	w.Close()
	z := b.Bytes()
	i := bytes.LastIndex(z, []byte("PK\x01\x02"))
	end := bytes.LastIndex(z, []byte("PK\x05\x06"))
	out := append(bytes.Clone(z[:i]), bytes.Repeat(z[i:end], times)...)
	tail := bytes.Clone(z[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(times))
	binary.LittleEndian.PutUint16(tail[10:], uint16(times))
	binary.LittleEndian.PutUint32(tail[12:], uint32((end-i)*times))
	return append(out, tail...)
}

// nested is a zip file in which an entry's data has another entry, local header and all, in it.
func nested(t *testing.T, data []byte) []byte {
	inner := stored(t, entry{"inner.png", data})
	local := inner[:bytes.LastIndex(inner, []byte("PK\x01\x02"))]
	z := stored(t, entry{"outer.png", append(bytes.Clone(data), local...)}, entry{"inner.png", data})
	// The second entry's record in the directory points into the first one's data.
	second := bytes.LastIndex(z, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(z[second+42:], uint32(bytes.Index(z, local)))
	return z
}

// intoDirectory is a zip file whose only entry goes on into the directory.
func intoDirectory(t *testing.T, data []byte) []byte {
	z := stored(t, entry{"a.png", data})
	i := bytes.LastIndex(z, []byte("PK\x01\x02"))
	for _, at := range []int{20, 24} {
		binary.LittleEndian.PutUint32(z[i+at:], uint32(len(data)+40))
	}
	return z
}

// stored is a zip file of entries that are not compressed.
func stored(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.CreateRaw(&zip.FileHeader{Name: e.name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(e.data),
			CompressedSize64: uint64(len(e.data)), UncompressedSize64: uint64(len(e.data))})
		if err != nil {
			t.Fatal(err)
		}
		f.Write(e.data)
	}
	w.Close()
	return b.Bytes()
}

// smallBombs are entries that each are too small for the ratio to be looked at.
func smallBombs(t *testing.T) []entry {
	all := make([]entry, 5)
	for i := range all {
		all[i] = entry{fmt.Sprint(i, ".png"), append(picture(t, 0), make([]byte, 900_000)...)}
	}
	return all
}

func TestUploadStopsWhenToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data := zipped(t, entry{"a.png", picture(t, 0)})
	if err := newUpload(&memoryStore{}, friends.UploadLimits{}).AddZip(ctx, bytes.NewReader(data), int64(len(data))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func FuzzZip(f *testing.F) {
	f.Add(zipped(f, entry{"a.png", picture(f, 100)}, entry{"b/c.txt", []byte("x")}))
	f.Add(zipped(f))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s memoryStore
		u := newUpload(&s, friends.UploadLimits{Photo: photo.Limits{Bytes: 1 << 16}, Bytes: 1 << 18, Photos: 10})
		if err := u.AddZip(t.Context(), bytes.NewReader(data), int64(len(data))); err != nil {
			if _, ok := message.Of(err); !ok {
				t.Errorf("no message for %v", err)
			}
		}
		if len(u.Friends()) > 10 || len(u.Friends()) != len(s.files) {
			t.Errorf("%d friends of %d files", len(u.Friends()), len(s.files))
		}
		for _, f := range u.Friends() {
			if f.Name == "" || len([]rune(f.Name)) > job.MaxName {
				t.Errorf("name %q", f.Name)
			}
		}
	})
}

// FuzzZipNames: whatever an entry is called, the friend's name is short, valid and not empty, and nothing of it
// becomes a path.
func FuzzZipNames(f *testing.F) {
	for _, name := range []string{"a.png", "../../etc/passwd", `C:\x\Zoë_and.tom.JPG`, "/", ".png", "__MACOSX/._a", "\xff\xfe.png", "\u202egnp.a", "a\x00b", strings.Repeat("ä", 300) + ".jpeg"} {
		f.Add(name)
	}
	data := picture(f, 0)
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) > 60_000 || strings.HasSuffix(name, "/") {
			return // there are no longer ones, and the others are folders
		}
		var s memoryStore
		u := newUpload(&s, friends.UploadLimits{})
		z := zipped(t, entry{name, data}, entry{"second.png", data})
		if err := u.AddZip(t.Context(), bytes.NewReader(z), int64(len(z))); err != nil {
			t.Fatal(err)
		}
		if n := len(u.Friends()) + len(u.Skipped()); n != 2 {
			t.Errorf("%d files, want 2", n)
		}
		wantValid(t, append([]job.Friend{{ID: "first", Name: "x", Photo: "demo:1"}}, u.Friends()...))
		for _, one := range u.Skipped() {
			if len([]rune(one.Name)) > job.MaxName {
				t.Errorf("skipped %q", one.Name)
			}
		}
	})
}

package heif_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"smalti/pkg/heif"
	"smalti/pkg/heif/heiftest"
)

func TestCheckComplete(t *testing.T) {
	grid := heiftest.File("heic", []heiftest.Item{heiftest.Grid(1, 1), heiftest.HEVC()}, heiftest.Reference{Kind: "dimg", From: 1, To: []int{2}})
	head := heiftest.Box("ftyp", []byte("avis"), make([]byte, 4))
	movie, data := heiftest.Box("moov", []byte("any")), heiftest.Box("mdat", []byte("frames"))
	for name, file := range map[string][]byte{
		"items":              grid,
		"movie, then frames": bytes.Join([][]byte{head, movie, data}, nil),
		"frames, then movie": bytes.Join([][]byte{head, data, movie}, nil),
	} {
		if err := heif.CheckComplete(iotest.OneByteReader(bytes.NewReader(file))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for n := range file {
			if err := heif.CheckComplete(bytes.NewReader(file[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s cut at %d of %d: %v", name, n, len(file), err)
			}
		}
		lost := errors.New("connection lost")
		if err := heif.CheckComplete(io.MultiReader(bytes.NewReader(file[:len(file)/2]), iotest.ErrReader(lost))); !errors.Is(err, lost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Offsets and counts that no file has must cost neither time nor memory.
func TestCheckCompleteOfNonsense(t *testing.T) {
	location := func(rest ...byte) []byte {
		return heiftest.Box("meta", make([]byte, 4), heiftest.Box("iloc", append([]byte{0, 0, 0, 0}, rest...)))
	}
	many := append([]byte{0, 0, 0x0f, 0xff}, bytes.Repeat([]byte{0, 1, 0, 0, 0xff, 0xff}, 4095)...)
	for name, meta := range map[string][]byte{
		"far away":         location(0x88, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
		"no numbers":       location(),
		"too many items":   location(0x44, 0, 0xff, 0xff),
		"too many extents": location(many...),
		"no places":        heiftest.Box("meta", make([]byte, 4)),
	} {
		file := append(heiftest.Box("ftyp", []byte("heic"), make([]byte, 4)), meta...)
		if err := heif.CheckComplete(bytes.NewReader(file)); !errors.Is(err, heif.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What others wrote is whole.
func TestCheckCompleteOfPrograms(t *testing.T) {
	dir := os.Getenv("SMALTI_TEST_PHOTOS")
	for _, name := range []string{"photo.heic", "hopper.heif", "photo.avif", "hopper.avif", "rot1mir0.avif"} {
		data, err := os.ReadFile(filepath.Join(dir, "nasty", name))
		if err != nil {
			t.Skip("no real pictures: set SMALTI_TEST_PHOTOS")
		}
		if err := heif.CheckComplete(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := heif.CheckComplete(bytes.NewReader(data[:len(data)-1])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s without its last byte: %v", name, err)
		}
	}
}

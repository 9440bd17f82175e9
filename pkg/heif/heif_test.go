package heif_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"smalti/pkg/heif"
	"smalti/pkg/heif/heiftest"
)

func parse(t *testing.T, file []byte) *heif.Picture {
	t.Helper()
	p, err := heif.Parse(iotest.OneByteReader(bytes.NewReader(file)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	p := parse(t, heiftest.File("avif", []heiftest.Item{heiftest.AV1(heiftest.Colours(12, 13, 6, true))}))
	if !p.AV1 || p.Width != 64 || p.Height != 48 || p.Orientation != 1 || p.Depth != 8 || p.Alpha || p.Thumbnail != nil {
		t.Errorf("AVIF: %+v", p)
	}
	if want := (heif.Colours{Known: true, Primaries: 12, Transfer: 13, Matrix: 6, FullRange: true}); p.Colours != want {
		t.Errorf("colours %+v, want %+v", p.Colours, want)
	}
	profile := []byte("a profile")
	p = parse(t, heiftest.File("heic", []heiftest.Item{heiftest.HEVC(heiftest.Box("colr", []byte("prof"), profile))}))
	if p.AV1 || p.Width != 64 || p.Height != 48 || !bytes.Equal(p.Profile, profile) {
		t.Errorf("HEIC: %+v", p)
	}
	if !p.Colours.Known || !p.Colours.FullRange || p.Colours.Primaries != 2 || p.Colours.Matrix != 6 {
		t.Errorf("colours of the sequence parameters: %+v", p.Colours)
	}
}

// The main picture of a phone is a grid; its thumbnail and its transparency are items of their own.
func TestGrid(t *testing.T) {
	file := heiftest.File("heic",
		[]heiftest.Item{heiftest.Grid(2, 3, heiftest.Turn(3)), heiftest.HEVC(), heiftest.HEVC(heiftest.Turn(3)), heiftest.HEVC(heiftest.Box("auxC", make([]byte, 4), []byte("urn:mpeg:hevc:2015:auxid:1\x00")))},
		heiftest.Reference{Kind: "dimg", From: 1, To: []int{2, 2, 2, 2, 2, 2}}, heiftest.Reference{Kind: "thmb", From: 3, To: []int{1}}, heiftest.Reference{Kind: "auxl", From: 4, To: []int{1}})
	p := parse(t, file)
	if p.AV1 || p.Width != 128 || p.Height != 144 || p.Orientation != 6 || !p.Alpha || !p.Colours.FullRange {
		t.Errorf("%+v", p)
	}
	if p.Thumbnail == nil || p.Thumbnail.Width != 64 || p.Thumbnail.Height != 48 {
		t.Fatalf("thumbnail %+v", p.Thumbnail)
	}
	p.UseThumbnail(file)
	small := parse(t, file)
	if small.Width != 64 || small.Height != 48 || small.Orientation != 6 {
		t.Errorf("the thumbnail as the main picture: %+v", small)
	}
	small.DoNotTurn(file)
	if plain := parse(t, file); plain.Orientation != 1 || plain.Width != 64 {
		t.Errorf("not turned: %+v", plain)
	}
}

// A thumbnail that is to be turned otherwise than its picture, or has other colours, is not one of it.
func TestOddThumbnail(t *testing.T) {
	for name, thumbnail := range map[string]heiftest.Item{
		"not turned":    heiftest.HEVC(heiftest.Colours(12, 13, 6, true)),
		"other colours": heiftest.HEVC(heiftest.Turn(1), heiftest.Colours(1, 13, 6, true)),
		"other coding":  heiftest.AV1(heiftest.Turn(1), heiftest.Colours(12, 13, 6, true)),
		"no profile":    heiftest.HEVC(heiftest.Turn(1)),
	} {
		file := heiftest.File("heic", []heiftest.Item{heiftest.HEVC(heiftest.Turn(1), heiftest.Colours(12, 13, 6, true)), thumbnail}, heiftest.Reference{Kind: "thmb", From: 2, To: []int{1}})
		if p := parse(t, file); p.Thumbnail != nil {
			t.Errorf("%s: %+v", name, p.Thumbnail)
		}
	}
}

func TestRefused(t *testing.T) {
	good := heiftest.File("avif", []heiftest.Item{heiftest.AV1()})
	for n := range len(good) - len("mdat") - 60 {
		if _, err := heif.Parse(bytes.NewReader(good[:n])); !errors.Is(err, heif.ErrFormat) {
			t.Fatalf("%d bytes of it: %v", n, err)
		}
	}
	var unsupported heif.UnsupportedError
	if _, err := heif.Parse(bytes.NewReader(heiftest.File("mif1", []heiftest.Item{{Kind: "jpeg", Properties: [][]byte{heiftest.Size(8, 8)}}}))); !errors.As(err, &unsupported) {
		t.Errorf("JPEG inside: %v", err)
	}
	if _, err := heif.Parse(io.MultiReader(bytes.NewReader(good[:40]), iotest.ErrReader(io.ErrClosedPipe))); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the reader's own error became %v", err)
	}
}

func TestIs(t *testing.T) {
	for head, want := range map[string]bool{
		"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic": true,
		"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif": true,
		"\x00\x00\x00\x18ftypMiPr\x00\x00\x00\x00miafheic": true,
		"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mif1mp42": false,
		"\x00\x00\x00\x18ftypheic":                         false,
		"RIFF":                                             false,
	} {
		if got := heif.Is([]byte(head)); got != want {
			t.Errorf("%q: %v", head, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(heiftest.File("avif", []heiftest.Item{heiftest.AV1(heiftest.Colours(12, 13, 6, true), heiftest.Turn(1), heiftest.Mirror(1))}))
	f.Add(heiftest.File("heic", []heiftest.Item{heiftest.Grid(1, 2), heiftest.HEVC(), heiftest.HEVC()}, heiftest.Reference{Kind: "dimg", From: 1, To: []int{2, 2}}, heiftest.Reference{Kind: "thmb", From: 3, To: []int{1}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		if err := heif.CheckComplete(bytes.NewReader(file)); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, heif.ErrFormat) {
			t.Error(err)
		}
		p, err := heif.Parse(bytes.NewReader(file))
		if err != nil {
			return
		}
		if p.Width <= 0 || p.Height <= 0 || p.Orientation < 1 || p.Orientation > 8 {
			t.Errorf("%+v", p)
		}
		file = bytes.Clone(file)
		p.DoNotTurn(file)
		if p.Thumbnail != nil {
			p.UseThumbnail(file)
		}
	})
}

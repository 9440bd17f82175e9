package photo_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"smalti/pkg/heif/heiftest"
	"smalti/pkg/photo"
	"smalti/pkg/testenv"
)

// corners are the colours in the middle of a picture's quarters: above, then below.
func corners(img *image.NRGBA) (all [4]color.NRGBA) {
	b := img.Bounds()
	for i := range all {
		all[i] = img.NRGBAAt(b.Dx()/4+i%2*b.Dx()/2, b.Dy()/4+i/2*b.Dy()/2)
	}
	return all
}

var (
	pureRed, pureGreen  = color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}
	pureBlue, pureWhite = color.NRGBA{0, 0, 255, 255}, color.NRGBA{255, 255, 255, 255}
)

func like(a, b [4]color.NRGBA, tolerance int) bool {
	for i := range a {
		for _, d := range []int{int(a[i].R) - int(b[i].R), int(a[i].G) - int(b[i].G), int(a[i].B) - int(b[i].B)} {
			if max(d, -d) > tolerance {
				return false
			}
		}
	}
	return true
}

// A turn against the clock and a mirror make the eight orientations.
func TestHEIFUpright(t *testing.T) {
	testenv.SkipRace(t, "its decoders take more time and memory than they may")
	turned := map[string][4]color.NRGBA{ // after so many quarter turns, then mirrored along an axis
		"0 -1": {pureRed, pureGreen, pureBlue, pureWhite}, "1 -1": {pureGreen, pureWhite, pureRed, pureBlue},
		"2 -1": {pureWhite, pureBlue, pureGreen, pureRed}, "3 -1": {pureBlue, pureRed, pureWhite, pureGreen},
		"0 0": {pureBlue, pureWhite, pureRed, pureGreen}, "0 1": {pureGreen, pureRed, pureWhite, pureBlue},
		"1 0": {pureRed, pureBlue, pureGreen, pureWhite}, "1 1": {pureWhite, pureGreen, pureBlue, pureRed},
	}
	for how, want := range turned {
		var quarters, axis int
		if _, err := fmt.Sscan(how, &quarters, &axis); err != nil {
			t.Fatal(err)
		}
		properties := [][]byte{heiftest.Turn(quarters)}
		if axis >= 0 {
			properties = append(properties, heiftest.Mirror(axis))
		}
		for name, file := range map[string][]byte{
			"HEIC":      heiftest.File("heic", []heiftest.Item{heiftest.HEVC(properties...)}),
			"AVIF":      heiftest.File("avif", []heiftest.Item{heiftest.AV1(properties...)}),
			"HEIC grid": heiftest.File("heic", []heiftest.Item{heiftest.Grid(1, 1, properties...), heiftest.HEVC()}, heiftest.Reference{Kind: "dimg", From: 1, To: []int{2}}),
		} {
			img, err := photo.Picture(file, 1000, photo.Limits{})
			if err != nil {
				t.Fatalf("%s, %s: %v", name, how, err)
			}
			size := image.Pt(heiftest.Width, heiftest.Height)
			if quarters%2 == 1 {
				size = image.Pt(size.Y, size.X)
			}
			if img.Bounds().Size() != size || !like(corners(img), want, 8) {
				t.Errorf("%s, %s: %v %v, want %v %v", name, how, img.Bounds(), corners(img), size, want)
			}
		}
	}
}

// Colours that the file names reach both decoders' pictures: the matrix of HEIC, and primaries of both.
func TestHEIFColours(t *testing.T) {
	testenv.SkipRace(t, "its decoders take more time and memory than they may")
	file := func(colours []byte) map[string][]byte {
		return map[string][]byte{
			"HEIC": heiftest.File("heic", []heiftest.Item{heiftest.HEVC(colours)}),
			"AVIF": heiftest.File("avif", []heiftest.Item{heiftest.AV1(colours)}),
		}
	}
	decoded := func(b []byte) [4]color.NRGBA {
		img, err := photo.Picture(b, 1000, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return corners(img)
	}
	// The red of BT.601 read with the matrices of BT.709 and BT.2020, and samples read as of limited range.
	for _, tc := range []struct {
		matrix int
		full   bool
		red    color.NRGBA
	}{{6, true, pureRed}, {1, true, color.NRGBA{255, 25, 0, 255}}, {9, true, color.NRGBA{255, 14, 0, 255}}, {6, false, color.NRGBA{255, 0, 0, 255}}, {1, false, color.NRGBA{255, 9, 0, 255}}} {
		for name, b := range file(heiftest.Colours(1, 13, tc.matrix, tc.full)) {
			got := decoded(b)
			if d := []int{int(got[0].R) - int(tc.red.R), int(got[0].G) - int(tc.red.G), int(got[0].B) - int(tc.red.B)}; max(d[0]*d[0], d[1]*d[1], d[2]*d[2]) > 64 {
				t.Errorf("%s, matrix %d, full %v: red is %v, want %v", name, tc.matrix, tc.full, got[0], tc.red)
			}
		}
	}
	// What is pure in Display P3 is more than sRGB can show, where its white is the same.
	for name, b := range file(heiftest.Colours(12, 13, 6, true)) {
		if got := decoded(b); got[1].R > 8 || got[1].G < 250 || got[3] != pureWhite {
			t.Errorf("%s of Display P3: %v", name, got)
		}
	}
}

// A thumbnail that is large enough saves the time of decoding the picture; a larger one than is decoded is shown
// with whatever thumbnail it has, but is no target.
func TestHEIFThumbnail(t *testing.T) {
	testenv.SkipRace(t, "its decoders take more time and memory than they may")
	odd := heiftest.HEVC()
	odd.Data = make([]byte, 300) // so that only the thumbnail can be decoded
	file := func(width, height int) []byte {
		odd.Properties[1] = heiftest.Size(width, height)
		return heiftest.File("heic", []heiftest.Item{odd, heiftest.HEVC()}, heiftest.Reference{Kind: "thmb", From: 2, To: []int{1}})
	}
	if _, err := photo.Tile(file(640, 480), heiftest.Height, photo.Limits{}); err != nil {
		t.Errorf("a tile as large as the thumbnail: %v", err)
	}
	if _, err := photo.Tile(file(640, 480), heiftest.Height+1, photo.Limits{}); err == nil {
		t.Error("a larger tile was made of the thumbnail")
	}
	if img, err := photo.Tile(file(6400, 4800), 100, photo.Limits{}); err != nil || img.Bounds().Dx() != 100 {
		t.Errorf("a picture too large to be decoded: %v", err)
	}
	if _, err := photo.NewDecoder(photo.Limits{}, 1<<30).Target(t.Context(), file(6400, 4800), 100); err == nil {
		t.Error("a thumbnail became a target")
	}
}

func TestHEIFRefused(t *testing.T) {
	testenv.SkipRace(t, "its decoders take more time and memory than they may")
	sized := func(brand string, item heiftest.Item) []byte {
		item.Properties[1] = heiftest.Size(9000, 6800)
		return heiftest.File(brand, []heiftest.Item{item})
	}
	avif := heiftest.File("avif", []heiftest.Item{heiftest.AV1()})
	heic := heiftest.File("heic", []heiftest.Item{heiftest.HEVC()})
	for _, tc := range []struct {
		name string
		data []byte
		l    photo.Limits
		kind photo.Kind
		says string
	}{
		{"large HEIC", sized("heic", heiftest.HEVC()), photo.Limits{}, photo.TooManyPixels, "This HEIC picture has 61.2 megapixels; the limit is 12.6."},
		{"large AVIF", sized("avif", heiftest.AV1()), photo.Limits{}, photo.TooManyPixels, "This AVIF picture has 61.2 megapixels; the limit is 6."},
		{"AVIF, not taken", avif, photo.Limits{NoHEIF: true}, photo.Unsupported, "This is an AVIF picture."},
		{"HEIC, not taken", heic, photo.Limits{NoHEIF: true}, photo.Unsupported, "This is a HEIC picture."},
		{"damaged HEIC", append(heic[:len(heic)-300:len(heic)-300], make([]byte, 300)...), photo.Limits{}, photo.Broken, "damaged"},
		{"half an AVIF", avif[:len(avif)-25], photo.Limits{}, photo.Broken, "damaged"},
		{"other coding", heiftest.File("mif1", []heiftest.Item{{Kind: "jpeg", Properties: [][]byte{heiftest.Size(8, 8)}}}), photo.Limits{}, photo.Unusual, "this kind of HEIC"},
		{"loops", append(slices.Clip(heic), photo.Loops...), photo.Limits{}, photo.TooCostly, "This HEIC picture takes too long to decode."},
		{"crashes", append(slices.Clip(heic), photo.Crashes...), photo.Limits{}, photo.TooCostly, "This HEIC picture takes too long to decode."},
	} {
		_, err := photo.Tile(tc.data, 16, tc.l)
		e, ok := errors.AsType[*photo.Error](err)
		if !ok || e.Kind != tc.kind || !strings.Contains(e.Sentence(), tc.says) {
			t.Errorf("%s: %v, want %s: %s", tc.name, err, tc.kind, tc.says)
		}
		if img, err := photo.Tile(avif, 16, photo.Limits{}); err != nil || img.Bounds().Dx() != 16 {
			t.Errorf("the next photo after %s: %v", tc.name, err)
		}
	}
}

// A plain build has no code that could load a library of the system: nothing of purego but its stand-in.
func TestNoSystemLibrary(t *testing.T) {
	const module = "github.com/ebitengine/purego"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if .Module}}{{.ImportPath}} {{.Module.Path}} {{with .Module.Replace}}{{.Path}}{{end}}{{end}}", "smalti/web", "smalti/worker").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), module+" "+module+" ./pkg/heifwasm/purego\n") || strings.Contains(string(out), "purego/") {
		t.Errorf("purego is not replaced:\n%s", out)
	}
}

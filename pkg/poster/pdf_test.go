package poster_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

func pdf(t *testing.T, tiles []*image.NRGBA, g poster.Grid, o poster.Options, print poster.Print) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := poster.WritePDF(t.Context(), &b, tiles, g, o, print, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// box returns the four numbers of a page's box.
func box(t *testing.T, data []byte, name string) (b [4]float64) {
	t.Helper()
	m := regexp.MustCompile(`/` + name + ` \[([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+)\]`).FindSubmatch(data)
	if m == nil {
		t.Fatalf("no %s", name)
	}
	for i := range b {
		b[i], _ = strconv.ParseFloat(string(m[i+1]), 64)
	}
	return b
}

// jpegIn returns the JPEG in a PDF.
func jpegIn(t *testing.T, data []byte) []byte {
	t.Helper()
	from := bytes.Index(data, []byte("stream\n\xff\xd8"))
	to := bytes.LastIndex(data, []byte("\xff\xd9\nendstream"))
	if from < 0 || to < 0 {
		t.Fatal("no JPEG in it")
	}
	return data[from+7 : to+2]
}

func TestPDFHoldsThePosterAsItIs(t *testing.T) {
	tiles := scenes(9, 48)
	g := random(12, 8, len(tiles), 8)
	o := poster.Options{Tile: 48, DPI: 254}
	data := pdf(t, tiles, g, o, poster.Print{})
	if !bytes.Equal(jpegIn(t, data), write(t, tiles, g, o)) {
		t.Error("the JPEG in it is another")
	}
	// 576 x 384 pixels at 10 a millimetre.
	want := [4]float64{0, 0, 57.6 / 25.4 * 72, 38.4 / 25.4 * 72}
	for _, name := range []string{"MediaBox", "TrimBox", "BleedBox"} {
		for i, v := range box(t, data, name) {
			if math.Abs(v-want[i]) > 0.001 {
				t.Errorf("%s[%d] is %f, want %f", name, i, v, want[i])
			}
		}
	}
}

func TestPDFPointsAtItsObjects(t *testing.T) {
	data := pdf(t, scenes(3, 16), random(4, 4, 3, 8), poster.Options{Tile: 16}, poster.Print{Bleed: 3, Marks: true})
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(data)
	if start == nil {
		t.Fatal("no startxref")
	}
	at, _ := strconv.Atoi(string(start[1]))
	if !bytes.HasPrefix(data[at:], []byte("xref\n0 9\n")) {
		t.Fatalf("at %d there is %q", at, data[at:at+10])
	}
	for i, entry := range regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(data[at:], -1) {
		offset, _ := strconv.Atoi(string(entry[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(data[offset:], []byte(want)) {
			t.Errorf("at %d there is %q, want %q", offset, data[offset:offset+10], want)
		}
	}
	length := regexp.MustCompile(`8 0 obj\n(\d+)\nendobj`).FindSubmatch(data)
	if n, _ := strconv.Atoi(string(length[1])); n != len(jpegIn(t, data)) {
		t.Errorf("a length of %s, want %d", length[1], len(jpegIn(t, data)))
	}
}

func TestBleedMirrorsTheGrid(t *testing.T) {
	tiles := scenes(9, 32)
	large := random(7, 6, len(tiles), 8)
	large.Cells[0].Span = 2
	bricks := random(7, 6, len(tiles), 8)
	bricks.Brick = true
	for name, test := range map[string]struct {
		grid poster.Grid
		o    poster.Options
		ring image.Point
	}{
		"plain":  {random(7, 6, len(tiles), 8), poster.Options{Tile: 32, DPI: 254}, image.Pt(32, 32)}, // 30 pixels of bleed
		"cut":    {random(7, 6, len(tiles), 8), poster.Options{Tile: 32, DPI: 254, Width: 200, Height: 170}, image.Pt(32, 32)},
		"large":  {large, poster.Options{Tile: 32, DPI: 254}, image.Pt(32, 32)},
		"bricks": {bricks, poster.Options{Tile: 32, DPI: 254}, image.Pt(64, 64)},
		"one":    {random(1, 1, len(tiles), 8), poster.Options{Tile: 32, DPI: 254}, image.Pt(32, 32)},
	} {
		t.Run(name, func(t *testing.T) {
			data := pdf(t, tiles, test.grid, test.o, poster.Print{Bleed: 3, Marks: true})
			whole, poster := decode(t, jpegIn(t, data)), decode(t, write(t, tiles, test.grid, test.o))
			inner := poster.Rect.Add(test.ring)
			if d := furthest(t, samples(whole, inner), samples(poster, poster.Rect)); d != 0 {
				t.Errorf("inside of the bleed the picture is %d levels off", d)
			}
			media, trim, bleed := box(t, data, "MediaBox"), box(t, data, "TrimBox"), box(t, data, "BleedBox")
			const mm = 72 / 25.4
			for i, want := range [4]float64{-3 * mm, -3 * mm, 3 * mm, 3 * mm} {
				if got := bleed[i] - trim[i]; math.Abs(got-want) > 0.001 {
					t.Errorf("the bleed reaches %f beyond edge %d, want %f", got, i, want)
				}
			}
			if got, want := trim[2]-trim[0], float64(poster.Rect.Dx())/10*mm; math.Abs(got-want) > 0.001 {
				t.Errorf("cut, the page is %f wide, want %f", got, want)
			}
			if bleed[0] < media[0] || bleed[3] > media[3] {
				t.Errorf("the bleed %v is not on the page %v", bleed, media)
			}
		})
	}
}

func TestPDFRefusesBadInput(t *testing.T) {
	tiles := scenes(2, 16)
	for name, print := range map[string]poster.Print{
		"negative": {Bleed: -1}, "huge": {Bleed: 26}, "no number": {Bleed: math.NaN()},
	} {
		err := poster.WritePDF(t.Context(), io.Discard, tiles, random(2, 2, 2, 0), poster.Options{Tile: 16}, print, nil)
		if _, ok := errors.AsType[*poster.InputError](err); !ok {
			t.Errorf("%s bleed: error %v, want an InputError", name, err)
		}
	}
	cause := errors.New("the line is dead")
	for left := range 5000 / 250 {
		err := poster.WritePDF(t.Context(), &broken{left * 250, cause}, tiles, random(2, 2, 2, 0), poster.Options{Tile: 16}, poster.Print{}, nil)
		if !errors.Is(err, cause) {
			t.Errorf("after %d bytes: error %v, want %v", left*250, err, cause)
		}
	}
	goleak.VerifyNone(t)
}

func TestPDFToolsReadIt(t *testing.T) {
	testenv.SkipSlow(t)
	dir := t.TempDir()
	tiles := photos(t, 20, 64)
	for name, test := range map[string]struct {
		g     poster.Grid
		o     poster.Options
		print poster.Print
		size  string // as pdfinfo says it, in points
	}{
		"plain":  {random(20, 15, 20, 8), poster.Options{Tile: 64}, poster.Print{}, "307.2 x 230.4 pts"},
		"marked": {random(20, 15, 20, 8), poster.Options{Tile: 64}, poster.Print{Bleed: 3, Marks: true}, "363.893 x 287.093 pts"},
		"huge":   {random(500, 15, 20, 8), poster.Options{Tile: 64, DPI: 100}, poster.Print{Bleed: 3}, "11528.5 x 354.104 pts"},
	} {
		file := filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(file, pdf(t, tiles, test.g, test.o, test.print), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			if out, err := exec.CommandContext(t.Context(), testenv.Program(t, "qpdf"), "--check", file).CombinedOutput(); err != nil || bytes.Contains(out, []byte("WARNING")) {
				t.Errorf("qpdf: %v: %s", err, out)
			}
			out, err := exec.CommandContext(t.Context(), testenv.Program(t, "pdfinfo"), file).CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte(test.size)) {
				t.Errorf("pdfinfo: %v: %s, want a page of %s", err, out, test.size)
			}
			list, err := exec.CommandContext(t.Context(), testenv.Program(t, "pdfimages"), "-list", file).CombinedOutput()
			if err != nil || !bytes.Contains(list, []byte("jpeg")) {
				t.Errorf("pdfimages: %v: %s", err, list)
			}
		})
	}
}

package main

import (
	"bytes"
	"errors"
	"image"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/likeness"
)

func TestParseProtocol(t *testing.T) {
	p, err := parseProtocol(strings.NewReader(`(mosaic (size 2 2)
(metapixels
(0 0 1 1 "library/a.jpg.png") ; 15172.000000
(1 0 1 1 "library/b c.jpg.png") ; 18727.000000
(1 1 1 1 "library/a \"quoted\".jpg.png") ; 3.000000
(0 1 1 1 "library/d.jpg.png") ; 4.000000
))
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"library/a.jpg.png", "library/b c.jpg.png", "library/d.jpg.png", `library/a "quoted".jpg.png`}
	if p.columns != 2 || p.rows != 2 || !slices.Equal(p.files, want) {
		t.Errorf("%d x %d %q, want 2 x 2 %q", p.columns, p.rows, p.files, want)
	}
}

func TestParseProtocolRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":            "",
		"no cells":           "(mosaic (size 1 1)\n(metapixels\n))",
		"a cell less":        "(mosaic (size 2 1)\n(0 0 1 1 \"a\")",
		"a cell outside":     "(mosaic (size 1 1)\n(1 0 1 1 \"a\")",
		"a cell before size": "(0 0 1 1 \"a\")",
		"a large cell":       "(mosaic (size 2 1)\n(0 0 2 1 \"a\")",
		"no size":            "(mosaic (size 0 5)",
		"too large":          "(mosaic (size 100000 100000)",
		"two sizes":          "(mosaic (size 1 1)\n(mosaic (size 2 1)",
	} {
		if p, err := parseProtocol(strings.NewReader(text)); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestTable(t *testing.T) {
	table := newTable("a", "b")
	table.add("1")
	table.add("x|y", "two\nlines")
	var out bytes.Buffer
	table.write(&out)
	want := "| a | b |\n|---|---|\n| 1 |  |\n| x\\|y | two lines |\n\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestClaims(t *testing.T) {
	c := newClaims()
	c.atMost("a", "%.1f s", 1, 1)
	c.atMost("a", "%.1f s", 1, 1.5)
	c.atLeast("a", "%.1f s", 1, 1)
	c.atLeast("a", "%.1f s", 1, 0.5)
	c.atLeast("a", "%.1f s", 1, math.NaN())
	c.unknown("a", "1 s", "not installed")
	var got []string
	for _, row := range c.table.rows {
		got = append(got, row[3])
	}
	if want := []string{"yes", "**no**", "yes", "**no**", "**no**", "not measured"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// mosaics are of two targets; on the second one the peer fails.
func mosaics() results {
	of := func(target, program string, mean, ssim float64) result {
		r := result{target: target, program: program}
		for i := range r.likeness {
			r.likeness[i] = likeness.Difference{Mean: mean, SSIM: ssim, PSNR: 20}
		}
		return r
	}
	failed := result{target: "c", program: "metapixel", failure: errors.New("aborted")}
	return results{
		of("a", "smalti, pure", 8, 0.6), of("a", "metapixel", 16, 0.5),
		of("b", "smalti, pure", 9, 0.6), of("b", "metapixel", 72, 0.7),
		of("c", "smalti, pure", 9, 0.6), failed,
	}
}

func TestRatio(t *testing.T) {
	dE := measure{meanDE, at1}
	got, targets := mosaics().ratio("smalti, pure", "metapixel", dE)
	if want := 0.25; math.Abs(got-want) > 1e-12 || targets != 2 { // of 1/2 and 1/8
		t.Errorf("%v over %d targets, want %v over 2", got, targets, want)
	}
	if got, targets := mosaics().ratio("smalti, pure", "none", dE); !math.IsNaN(got) || targets != 0 {
		t.Errorf("beside nobody: %v over %d targets", got, targets)
	}
}

func TestNoWorseThanTheBestPeer(t *testing.T) {
	c := newClaims()
	claimNoWorse(c, mosaics(), []program{metapixel{picture: ".png"}})
	row := c.table.rows[0]
	if !strings.HasPrefix(row[2], "3 of 14: b, SSIM of L* at 1: 0.600, metapixel 0.700;") || row[3] != "**no**" {
		t.Errorf("%q", row)
	}
}

func TestGivenBack(t *testing.T) {
	if got := givenBack(0.6, 0.64); math.Abs(got-0.1) > 1e-12 {
		t.Errorf("%v, want 0.1", got)
	}
	if got := givenBack(1.1, 1.2); !math.IsInf(got, 1) {
		t.Errorf("%v, want +Inf: there is no gain", got)
	}
}

func TestMedianCost(t *testing.T) {
	out := func(photos string) []float64 {
		return readSteps([]byte("poster.jpg: 1 x 1 cells\nCPU: reading 0.05 s, photos " + photos + " s, matching 2.60 s, composing 0.09 s, delivering 10.00 s\n"))
	}
	costs := []cost{{3 * time.Second, 1, 5, out("3.00")}, {time.Second, 2, 9, out("0.83")}, {2 * time.Second, 3, 7, out("0.25")}}
	if got, want := medianCost(costs), (cost{2 * time.Second, 2, 7, []float64{0.05, 0.83, 2.6, 0.09, 10}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	costs[1].Steps = readSteps([]byte("poster.jpg: 1 x 1 cells\n"))
	if got := medianCost(costs); got.Steps != nil {
		t.Errorf("%v, and one program tells no steps", got)
	}
}

func TestShaped(t *testing.T) {
	for _, tc := range []struct{ w, h, columns, rows, wantW, wantH int }{
		{300, 200, 1, 1, 200, 200},
		{200, 300, 1, 1, 200, 200},
		{300, 200, 3, 2, 300, 200},
		{300, 200, 2, 1, 300, 150},
		{3, 2, 1, 100, 1, 2},
	} {
		got := shaped(image.NewNRGBA(image.Rect(0, 0, tc.w, tc.h)), tc.columns, tc.rows).Rect.Size()
		if want := image.Pt(tc.wantW, tc.wantH); got != want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

func TestVariantsDiffer(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 30, 30))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7 / 3)
	}
	seen := map[string]int{}
	for n := range variants {
		v := variant(img, n)
		if v.Rect.Dx() != v.Rect.Dy() {
			t.Errorf("variant %d is %v", n, v.Rect)
		}
		key := string(v.Pix)
		if other, ok := seen[key]; ok {
			t.Errorf("variants %d and %d are the same", n, other)
		}
		seen[key] = n
	}
}

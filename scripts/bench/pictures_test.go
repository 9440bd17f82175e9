package main

import (
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/facetest"
)

func TestInTheMiddle(t *testing.T) {
	for _, tc := range []struct{ r, want image.Rectangle }{
		{image.Rect(0, 0, 10, 30), image.Rect(0, 10, 10, 20)},
		{image.Rect(5, 5, 35, 15), image.Rect(15, 5, 25, 15)},
	} {
		if got := inTheMiddle(tc.r); got != tc.want {
			t.Errorf("of %v it is %v, want %v", tc.r, got, tc.want)
		}
	}
}

// TestContactSheet looks for the frames: red where the face is cut, and green where it is not.
func TestContactSheet(t *testing.T) {
	img := imaging.New(60, 90, color.Gray{100})
	whole := facetest.Portrait{Img: img, Left: 20, Right: 40, Top: 20, Chin: 50}
	impossible := facetest.Portrait{Img: img, Left: 10, Right: 50, Top: 0, Chin: 89}
	sheet := contactSheet([]facetest.Portrait{whole, impossible})
	if got, want := sheet.Rect.Size(), image.Pt(contactColumns*contactCell, contactCell); got != want {
		t.Fatalf("the sheet has %v pixels, want %v", got, want)
	}
	count := func(cell int, match func(c color.NRGBA) bool) (n int) {
		for y := range contactCell {
			for x := range contactCell {
				if match(sheet.NRGBAAt(cell*contactCell+x, y)) {
					n++
				}
			}
		}
		return n
	}
	red := func(c color.NRGBA) bool { return c.R > 200 && c.G < 100 }
	green := func(c color.NRGBA) bool { return c.G > 200 && c.R < 100 }
	if count(0, green) < 100 || count(0, red) > 0 || count(1, red) < 100 || count(1, green) > 0 {
		t.Errorf("%d green and %d red pixels around the whole face, %d and %d around the other",
			count(0, green), count(0, red), count(1, green), count(1, red))
	}
}

func TestSheetRow(t *testing.T) {
	sheet := imaging.New(2*sheetPanel+sheetFar+4*sheetGap, sheetPanel+sheetCaption+2*sheetGap, color.White)
	mosaic := imaging.New(sheetCells*sheetTile, sheetCells*sheetTile, color.NRGBA{200, 0, 0, 255})
	target := imaging.New(512, 512, color.NRGBA{0, 0, 200, 255})
	if err := sheetRow(sheet, 0, "a", mosaic, target); err != nil {
		t.Fatal(err)
	}
	far := sheet.Rect.Max.X - sheetGap - sheetFar/2
	for _, p := range []struct {
		x, y int
		red  bool
	}{
		{sheetGap + 10, sheetCaption + 10, true}, {2*sheetGap + sheetPanel + 10, sheetCaption + 10, true},
		{far, sheetCaption + 10, true}, {far, sheetCaption + sheetPanel - 10, false},
	} {
		if c := sheet.NRGBAAt(p.x, p.y); (c.R > 190) != p.red || (c.B > 190) == p.red {
			t.Errorf("at %d, %d it is %v", p.x, p.y, c)
		}
	}
}

// TestPicturesOfTheReadme: they are there, and light.
func TestPicturesOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.jpg")
	if err != nil || len(files) != len(sheetFriends) {
		t.Fatalf("%q: %v", files, err)
	}
	total := int64(0)
	for _, file := range files {
		var info fs.FileInfo
		if info, err = os.Stat(file); err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		if !strings.Contains(string(readme), "("+file+")") {
			t.Errorf("the README does not show %s", file)
		}
	}
	if total > 400_000 {
		t.Errorf("the pictures have %d bytes", total)
	}
}

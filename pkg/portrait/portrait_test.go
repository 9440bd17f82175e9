package portrait_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/portrait"
	"smalti/pkg/testenv"
)

// people is that of all portraits, the target among them, at 32 pixels. Workers of different
// architectures draw the same mosaic only as long as it is the same on all of them. It changes with
// every change to the drawings, and with nothing else.
// people is how many made-up people the demonstration has.
const people = 300

const portraitHash = "89e537d28b1bfb8f39c4770a8c315066f2b142d3bb697cb0406d830253a73ea5"

func TestPortraitsAreTheSameEverywhere(t *testing.T) {
	h := sha256.New()
	for n := range people + 1 {
		h.Write(portrait.Draw(n, 32).Pix)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != portraitHash {
		t.Errorf("portraits have the hash %s, want %s", got, portraitHash)
	}
}

func TestPortraitIsTheSamePictureAtEachSize(t *testing.T) {
	testenv.SkipSlow(t)
	for _, n := range []int{0, 1, 5, 17, 100, 299, 300, 99_999} {
		large := portrait.Draw(n, 512)
		for _, side := range []int{8, 33, 96, 256} {
			small := portrait.Draw(n, side)
			if small.Rect != image.Rect(0, 0, side, side) || !small.Opaque() {
				t.Fatalf("demo:%d at %d is %v, opaque: %v", n, side, small.Rect, small.Opaque())
			}
			shrunk := imaging.Resize(large, side, side, imaging.Box)
			if d := distance(small, shrunk); d > 6 {
				t.Errorf("demo:%d at %d differs from the large one by %.1f levels in the mean", n, side, d)
			}
		}
	}
	for _, side := range []int{-1, 0, 1, 2048} {
		if got := portrait.Draw(3, side).Rect.Dx(); got != max(side, 1) {
			t.Errorf("asked for a side of %d, got %d", side, got)
		}
	}
}

// distance is the mean difference of two pictures' levels.
func distance(a, b *image.NRGBA) float64 {
	sum := 0
	for i := range a.Pix {
		sum += max(int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
	}
	return float64(sum) / float64(len(a.Pix)/4*3)
}

// TestPortraitsCoverTheColours: a mosaic can only show colours near which it has tiles.
func TestPortraitsCoverTheColours(t *testing.T) {
	var dark, light, hues [12]int
	for n := 1; n <= people; n++ {
		mean := imaging.Resize(portrait.Draw(n, 32), 1, 1, imaging.Box).Pix
		r, g, b := int(mean[0]), int(mean[1]), int(mean[2])
		luma := (299*r + 587*g + 114*b) / 1000
		if luma < 25 {
			dark[0]++
		}
		if luma > 225 {
			light[0]++
		}
		if high, low := max(r, g, b), min(r, g, b); high-low > 40 {
			hues[hue(r, g, b, high, low)]++
		}
	}
	if dark[0] < 8 || light[0] < 8 {
		t.Errorf("%d very dark and %d very light portraits; want 8 of each", dark[0], light[0])
	}
	for i, n := range hues {
		if n < 3 {
			t.Errorf("%d portraits of the hues from %d to %d degrees; want 3", n, 30*i, 30*i+30)
		}
	}
	t.Logf("dark %d, light %d, hues %v", dark[0], light[0], hues)
}

// hue is that of the HSV model, in twelfths of the wheel.
func hue(r, g, b, high, low int) int {
	d := high - low
	var h int
	switch high {
	case r:
		h = (60*(g-b)/d + 360) % 360
	case g:
		h = 60*(b-r)/d + 120
	default:
		h = 60*(r-g)/d + 240
	}
	return h / 30
}

// TestPortraitsDiffer: no two friends have the same portrait, or nearly.
func TestPortraitsDiffer(t *testing.T) {
	testenv.SkipSlow(t)
	var all []*image.NRGBA
	for n := 1; n <= people; n++ {
		p := portrait.Draw(n, 24)
		for i, q := range all {
			if d := distance(p, q); d < 2 {
				t.Errorf("demo:%d and demo:%d differ by %.1f levels only", i+1, n, d)
			}
		}
		all = append(all, p)
	}
}

// TestContactSheet writes a sheet of the portraits to look at, into the folder that
// SMALTI_TEST_SHEETS names.
func TestContactSheet(t *testing.T) {
	folder := os.Getenv("SMALTI_TEST_SHEETS")
	if folder == "" {
		t.Skip("SMALTI_TEST_SHEETS does not name a folder")
	}
	const side, columns = 96, 20
	sheet := image.NewNRGBA(image.Rect(0, 0, columns*side, people/columns*side))
	for i := range people {
		at := image.Pt(i%columns*side, i/columns*side)
		draw.Draw(sheet, image.Rectangle{at, at.Add(image.Pt(side, side))}, portrait.Draw(i+1, side), image.Point{}, draw.Src)
	}
	for name, img := range map[string]image.Image{"friends.png": sheet, "target.png": portrait.Draw(0, 1024)} {
		f, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkAllFriendsAt96(b *testing.B) {
	for b.Loop() {
		for n := 1; n <= people; n++ {
			portrait.Draw(n, 96)
		}
	}
}

func BenchmarkTargetAt1024(b *testing.B) {
	for b.Loop() {
		portrait.Draw(0, 1024)
	}
}

func ExampleDraw() {
	fmt.Println(portrait.Name(1), portrait.Draw(1, 96).Rect.Size())
	// Output: Ada Ashdown (96,96)
}

func TestHeadIsWhereThePersonIs(t *testing.T) {
	heads := 0
	for number := 1; number <= 60; number++ {
		left, top, right, bottom, ok := portrait.Head(number)
		if ok != (number%6 != 5) {
			t.Errorf("%d: a head: %v", number, ok)
		}
		if !ok {
			continue
		}
		heads++
		if left < 0.1 || right > 0.9 || right-left < 0.25 || top < 0 || bottom > 0.9 || bottom-top < 0.35 {
			t.Errorf("%d: the head is at %.2f to %.2f, %.2f to %.2f", number, left, right, top, bottom)
		}
	}
	if heads != 50 {
		t.Errorf("%d heads", heads)
	}
	if _, _, _, _, ok := portrait.Head(0); ok {
		t.Error("the target is no friend")
	}
}

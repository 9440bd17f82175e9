package likeness_test

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/colour"
	"smalti/pkg/likeness"
)

func plain(w, h int, c color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func average(t *testing.T, img *image.NRGBA, w, h int) *likeness.Picture {
	t.Helper()
	p, err := likeness.Average(img, w, h)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func near(got, want colour.Lab, by float64) bool {
	return math.Abs(got[0]-want[0]) <= by && math.Abs(got[1]-want[1]) <= by && math.Abs(got[2]-want[2]) <= by
}

// The values are those of Lindbloom's calculator for sRGB and D65.
func TestAverageColours(t *testing.T) {
	for _, c := range []struct {
		in   color.NRGBA
		want colour.Lab
	}{
		{color.NRGBA{0, 0, 0, 255}, colour.Lab{}},
		{color.NRGBA{255, 255, 255, 255}, colour.Lab{100, 0, 0}},
		{color.NRGBA{255, 0, 0, 255}, colour.Lab{53.241, 80.092, 67.203}},
		{color.NRGBA{0, 255, 0, 255}, colour.Lab{87.735, -86.183, 83.179}},
		{color.NRGBA{0, 0, 255, 255}, colour.Lab{32.297, 79.188, -107.860}},
		{color.NRGBA{119, 119, 119, 255}, colour.Lab{50.034, 0, 0}},
	} {
		if got := average(t, plain(3, 5, c.in), 1, 1).Pix[0]; !near(got, c.want, 0.02) {
			t.Errorf("%v is %+v, want %+v", c.in, got, c.want)
		}
	}
}

// Seen from afar, a board of black and white is as bright as level 188, not as 128.
func TestAverageIsOfLight(t *testing.T) {
	board := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		v := uint8(255 * ((i%8 + i/8) % 2))
		board.SetNRGBA(i%8, i/8, color.NRGBA{v, v, v, 255})
	}
	want := average(t, plain(1, 1, color.NRGBA{188, 188, 188, 255}), 1, 1).Pix[0]
	for _, size := range []int{1, 2, 4} {
		for i, got := range average(t, board, size, size).Pix {
			if !near(got, want, 0.3) {
				t.Errorf("%d x %d: sample %d is %+v, want %+v", size, size, i, got, want)
			}
		}
	}
}

func TestAverageCutsPixels(t *testing.T) {
	img := plain(3, 1, color.NRGBA{0, 0, 0, 255})
	img.SetNRGBA(2, 0, color.NRGBA{255, 255, 255, 255})
	got := average(t, img, 2, 1)
	// The right half covers half of the middle pixel and the white one: two thirds of all light.
	if want := 116*math.Cbrt(2.0/3) - 16; got.Pix[0][0] != 0 || math.Abs(got.Pix[1][0]-want) > 0.001 {
		t.Errorf("halves are %v and %v, want 0 and %v", got.Pix[0][0], got.Pix[1][0], want)
	}
	if _, err := likeness.Average(image.NewNRGBA(image.Rectangle{}), 1, 1); err == nil {
		t.Error("averaging no pixels: no error")
	}
}

// noisy is a slope with noise of some deviation on it.
func noisy(seed uint64, n int, deviation float64) *likeness.Picture {
	random := rand.New(rand.NewPCG(seed, 0))
	p := &likeness.Picture{Width: n, Height: n, Pix: make([]colour.Lab, n*n)}
	for i := range p.Pix {
		p.Pix[i][0] = 50 + 30*math.Sin(float64(i%n)/4) + deviation*random.NormFloat64()
	}
	return p
}

func TestCompare(t *testing.T) {
	clean := noisy(1, 40, 0)
	same, err := likeness.Compare(clean, clean)
	if err != nil || same.Mean != 0 || same.P95 != 0 || math.Abs(same.SSIM-1) > 1e-9 || !math.IsInf(same.PSNR, 1) {
		t.Errorf("a picture and itself: %+v, %v", same, err)
	}
	last := same
	for _, deviation := range []float64{1, 3, 10, 30} {
		d, err := likeness.Compare(clean, noisy(1, 40, deviation))
		if err != nil {
			t.Fatal(err)
		}
		if d.Mean <= last.Mean || d.P95 <= d.Mean || d.SSIM >= last.SSIM || d.PSNR >= last.PSNR {
			t.Errorf("noise of %v: %+v after %+v", deviation, d, last)
		}
		if want := 20 * math.Log10(100/deviation); math.Abs(d.PSNR-want) > 0.5 {
			t.Errorf("noise of %v: PSNR %v, want about %v", deviation, d.PSNR, want)
		}
		last = d
	}
	if _, err := likeness.Compare(clean, noisy(1, 41, 0)); err == nil {
		t.Error("pictures of two sizes: no error")
	}
}

func TestUnrest(t *testing.T) {
	calm, salt, moved := noisy(1, 40, 0), noisy(1, 40, 0), noisy(1, 40, 0)
	for i := range salt.Pix {
		salt.Pix[i][1] += float64((i%40 + i/40) % 2 * 3)
		moved.Pix[i][0] += 5
	}
	for _, c := range []struct {
		name string
		b    *likeness.Picture
		want float64
	}{{"itself", calm, 0}, {"itself, lighter", moved, 0}, {"a board of 3 units on it", salt, 3}} {
		if got, err := likeness.Unrest(calm, c.b); err != nil || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	if _, err := likeness.Unrest(calm, noisy(1, 41, 0)); err == nil {
		t.Error("pictures of two sizes: no error")
	}
}

// SSIM of two constants is its luminance term alone.
func TestSSIMOfConstants(t *testing.T) {
	for _, n := range []int{1, 5, 11, 30} {
		a := &likeness.Picture{Width: n, Height: n, Pix: make([]colour.Lab, n*n)}
		b := &likeness.Picture{Width: n, Height: n, Pix: make([]colour.Lab, n*n)}
		for i := range a.Pix {
			a.Pix[i][0], b.Pix[i][0] = 40, 60
		}
		want := (2*40*60 + 1.0) / (40*40 + 60*60 + 1)
		if got := likeness.SSIM(a, b); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d x %d: SSIM is %v, want %v", n, n, got, want)
		}
	}
}

func TestFair(t *testing.T) {
	cells := []int{
		0, 1, 2, 3,
		4, 4, 1, 5,
		0, 2, 3, 1,
	}
	got := likeness.Fair(cells, 4, 8)
	// A third of the mean is half a cell: faces 6 and 7 are below it. Faces 3 and 5 have no cell near.
	if got.Used != 6 || got.Faces != 8 || got.MostUses != 3 || got.Most != 2 || got.Rare != 0.25 || got.Nearest != 1 || got.Near != 11.0/12 {
		t.Errorf("got %+v", got)
	}
	if got := likeness.Fair([]int{0, 1, 2}, 3, 3); got.Nearest != 0 || got.Pattern != 0 {
		t.Errorf("without repeats: %+v", got)
	}
}

func TestRepeatPattern(t *testing.T) {
	const side = 60
	random := rand.New(rand.NewPCG(1, 1))
	chance, pattern, some := make([]int, side*side), make([]int, side*side), make([]int, side*side)
	for c := range chance {
		chance[c] = random.IntN(20)
		pattern[c] = c%side%4 + c/side%4*4
		some[c] = chance[c]
		if x := c % side; x >= 5 && random.IntN(4) == 0 {
			some[c] = some[c-5]
		}
	}
	if got := likeness.RepeatPattern(chance, side); got < 1 || got > 1.3 {
		t.Errorf("by chance: %v, want about 1", got)
	}
	if got := likeness.RepeatPattern(pattern, side); got < 10 {
		t.Errorf("a pattern: %v, want at least 10", got)
	}
	if got := likeness.RepeatPattern(some, side); got < 3 {
		t.Errorf("every fourth face five cells from itself: %v, want at least 3", got)
	}
}

func TestKeep(t *testing.T) {
	photo, tinted, overlaid := plain(32, 32, color.NRGBA{}), plain(32, 32, color.NRGBA{}), plain(32, 32, color.NRGBA{})
	random := rand.New(rand.NewPCG(2, 2))
	for i := range photo.Pix {
		v := 60 + random.IntN(100)
		photo.Pix[i], tinted.Pix[i], overlaid.Pix[i] = uint8(v), uint8(v+30), uint8(v/2+i/256)
	}
	grey := plain(32, 32, color.NRGBA{90, 90, 90, 255})
	if k := likeness.Keep([]*image.NRGBA{photo, grey}, []*image.NRGBA{tinted, grey}); math.Abs(k.Correlation-1) > 1e-9 || math.Abs(k.Gradient-1) > 1e-9 {
		t.Errorf("of a tinted photo %+v is kept, want all", k)
	}
	if k := likeness.Keep([]*image.NRGBA{photo}, []*image.NRGBA{overlaid}); k.Correlation < 0.5 || k.Correlation > 0.95 || math.Abs(k.Gradient-0.25) > 0.02 {
		t.Errorf("of a photo under half an overlay %+v is kept", k)
	}
}

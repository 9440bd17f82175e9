package poster_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"runtime"
	"testing"

	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

// cellRect is where a cell lies.
func cellRect(i, columns, tile int) image.Rectangle {
	return image.Rect(0, 0, tile, tile).Add(image.Pt(i%columns, i/columns).Mul(tile))
}

func TestCellsAreTheTilesAlone(t *testing.T) {
	for _, test := range []struct {
		tile, quality int
		sampling      poster.Subsampling
	}{
		{8, 85, poster.S444}, {16, 85, poster.S420}, {16, 85, poster.S444}, {24, 30, poster.S444},
		{32, 100, poster.S420}, {48, 1, poster.S420}, {48, 100, poster.S444}, {64, 85, poster.S420},
		{64, 95, poster.Automatic}, {256, 50, poster.Automatic},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			tiles := scenes(7, test.tile)
			o := poster.Options{Tile: test.tile, Quality: test.quality, Subsampling: test.sampling}
			g := random(5, 4, len(tiles), 0)
			whole := decode(t, write(t, tiles, g, o))
			if got, want := whole.Rect.Max, image.Pt(5, 4).Mul(test.tile); got != want {
				t.Fatalf("the poster is %v, want %v", got, want)
			}
			for i, c := range g.Cells {
				alone := decode(t, write(t, tiles[c.Tile:c.Tile+1], poster.Grid{Columns: 1, Rows: 1, Cells: []poster.Cell{{}}}, o))
				got, want := samples(whole, cellRect(i, 5, test.tile)), samples(alone, alone.Rect)
				if d := furthest(t, got, want); d > 1 {
					t.Fatalf("cell %d is %d levels off its tile alone", i, d)
				}
			}
		})
	}
}

// image/jpeg rounds samples before it transforms them: at quality 100 both are as near to the
// original as 8 bits allow, and so to each other.
func TestTileIsWhatImageJPEGWouldMakeOfIt(t *testing.T) {
	for _, quality := range []int{50, 85, 100} {
		tile := scenes(1, 64)
		ours := decode(t, write(t, tile, poster.Grid{Columns: 1, Rows: 1, Cells: []poster.Cell{{}}},
			poster.Options{Tile: 64, Quality: quality, Subsampling: poster.S420}))
		var b bytes.Buffer
		if err := jpeg.Encode(&b, tile[0], &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		theirs := decode(t, b.Bytes())
		got, want := squaredError(ours, tile[0]), squaredError(theirs, tile[0])
		if got > 1.02*want {
			t.Errorf("quality %d: mean squared error %.2f, want at most image/jpeg's %.2f", quality, got, want)
		}
	}
}

func squaredError(m image.Image, want *image.NRGBA) (sum float64) {
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			a, b := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA), want.NRGBAAt(x, y)
			for _, d := range []float64{float64(a.R) - float64(b.R), float64(a.G) - float64(b.G), float64(a.B) - float64(b.B)} {
				sum += d * d / float64(3*want.Rect.Dx()*want.Rect.Dy())
			}
		}
	}
	return sum
}

func TestTintMovesTheMean(t *testing.T) {
	// Of 128 levels with little texture, so that no sample is cut off at 0 or 255.
	tile := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for i := range tile.Pix {
		tile.Pix[i] = uint8(118 + i*i%21)
	}
	for _, quality := range []int{10, 50, 75, 85, 92} {
		o := poster.Options{Tile: 32, Quality: quality}
		one := poster.Grid{Columns: 1, Rows: 1, Cells: []poster.Cell{{}}}
		pure := samples(decode(t, write(t, []*image.NRGBA{tile}, one, o)), tile.Rect)
		for _, shift := range [][3]float32{{5, 0, 0}, {-17.3, 4.4, 9}, {0.7, -30, 30}, {40, 12, -12}} {
			one.Cells[0].Shift = shift
			moved := samples(decode(t, write(t, []*image.NRGBA{tile}, one, o)), tile.Rect)
			for c := range 3 {
				// A DC step of q moves the mean by q/8; the decoder rounds to whole levels.
				half := float64(dcStep(t, o, c)) / 16
				got := mean(moved[c]) - mean(pure[c])
				if d := math.Abs(got - float64(shift[c])); d > half+0.5 {
					t.Errorf("quality %d, shift %v: component %d moved by %.2f, more than %.2f off", quality, shift, c, got, half+0.5)
				}
			}
		}
	}
}

// dcStep reads the first entry of a component's quantisation table from the file.
func dcStep(t *testing.T, o poster.Options, component int) int {
	t.Helper()
	data := write(t, scenes(1, o.Tile), poster.Grid{Columns: 1, Rows: 1, Cells: []poster.Cell{{}}}, o)
	for range min(component, 1) + 1 {
		at := bytes.Index(data, []byte{0xff, 0xdb})
		if at < 0 {
			t.Fatal("a quantisation table is missing")
		}
		data = data[at+5:]
	}
	return int(data[0])
}

func TestExtremeShiftsStayWithinAJPEG(t *testing.T) {
	tiles := scenes(3, 16)
	tiles = append(tiles, uniform(16, color.NRGBA{A: 255}), uniform(16, color.NRGBA{255, 255, 255, 255}), uniform(16, color.NRGBA{0, 0, 255, 255}))
	inf := float32(math.Inf(1))
	for _, quality := range []int{1, 50, 85, 100} {
		for _, shift := range []float32{255, 1e6, math.MaxFloat32, inf} {
			g := random(6, 6, len(tiles), 0)
			for i := range g.Cells {
				s := shift
				if i%2 == 0 {
					s = -shift
				}
				g.Cells[i].Shift = [3]float32{s, -s, s}
			}
			decode(t, write(t, tiles, g, poster.Options{Tile: 16, Quality: quality}))
		}
	}
}

var whiteColour = color.NRGBA{255, 255, 255, 255}

func uniform(side int, c color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// What is white or black already must not hold the rest back.
func TestShiftReachesBesideWhiteAndBlack(t *testing.T) {
	tile := uniform(32, color.NRGBA{120, 120, 120, 255})
	for i := range 16 * 32 {
		copy(tile.Pix[4*i:], []uint8{255, 255, 255})
		if i%32 >= 16 {
			copy(tile.Pix[4*i:], []uint8{0, 0, 0})
		}
	}
	for _, quality := range []int{50, 85, 92} {
		for _, shift := range []float32{-25, 25} {
			g := poster.Grid{Columns: 1, Rows: 1, Cells: []poster.Cell{{Shift: [3]float32{shift}}}}
			m := decode(t, write(t, []*image.NRGBA{tile}, g, poster.Options{Tile: 32, Quality: quality}))
			if got := mean(samples(m, image.Rect(0, 16, 32, 32))[0]); math.Abs(got-120-float64(shift)) > 2 {
				t.Errorf("quality %d: the grey part became %.1f with a shift of %v", quality, got, shift)
			}
			if got := mean(samples(m, image.Rect(0, 0, 16, 16))[0]); shift > 0 && got < 253 {
				t.Errorf("quality %d: the white part became %.1f with a shift of %v", quality, got, shift)
			}
			if got := mean(samples(m, image.Rect(16, 0, 32, 16))[0]); shift < 0 && got > 2 {
				t.Errorf("quality %d: the black part became %.1f with a shift of %v", quality, got, shift)
			}
		}
	}
}

func TestBrightTileShiftedUpStaysBright(t *testing.T) {
	for _, quality := range []int{1, 40, 85, 100} {
		g := poster.Grid{Columns: 1, Rows: 1, Cells: []poster.Cell{{Shift: [3]float32{200, 0, 0}}}}
		m := decode(t, write(t, []*image.NRGBA{uniform(16, color.NRGBA{230, 230, 230, 255})}, g, poster.Options{Tile: 16, Quality: quality}))
		if y := mean(samples(m, m.Rect)[0]); y < 250 {
			t.Errorf("quality %d: a mean of %.1f", quality, y)
		}
	}
}

func TestSubImagesAreTiles(t *testing.T) {
	big := scenes(1, 64)[0]
	part := big.SubImage(image.Rect(16, 24, 48, 56)).(*image.NRGBA)
	alone := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		copy(alone.Pix[y*alone.Stride:][:128], part.Pix[y*part.Stride:][:128])
	}
	g := poster.Grid{Columns: 1, Rows: 1, Cells: []poster.Cell{{}}}
	for _, o := range []poster.Options{{Tile: 32}, {Tile: 16}} {
		if !bytes.Equal(write(t, []*image.NRGBA{part}, g, o), write(t, []*image.NRGBA{alone}, g, o)) {
			t.Errorf("at %d pixels a part of a picture makes another poster than its copy", o.Tile)
		}
	}
}

func TestSameBytesOnAnyNumberOfCores(t *testing.T) {
	tiles := scenes(40, 48)
	g := random(200, 40, len(tiles), 12)
	want := write(t, tiles, g, poster.Options{Tile: 32})
	for _, cores := range []int{1, 3, 16} {
		before := runtime.GOMAXPROCS(cores)
		got := write(t, tiles, g, poster.Options{Tile: 32})
		runtime.GOMAXPROCS(before)
		if !bytes.Equal(got, want) {
			t.Errorf("other bytes on %d cores", cores)
		}
	}
}

func TestSmallerThanImageJPEG(t *testing.T) {
	testenv.SkipSlow(t)
	tiles := photos(t, 60, 64)
	g := random(30, 20, len(tiles), 6)
	for _, quality := range []int{50, 85} {
		data := write(t, tiles, g, poster.Options{Tile: 64, Quality: quality})
		var theirs bytes.Buffer
		if err := jpeg.Encode(&theirs, mosaic(tiles, g, 64), &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		if len(data) > theirs.Len() {
			t.Errorf("quality %d: %d bytes, and image/jpeg makes %d of the same pixels", quality, len(data), theirs.Len())
		}
	}
}

// mosaic draws a grid in pixels.
func mosaic(tiles []*image.NRGBA, g poster.Grid, tile int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, g.Columns*tile, g.Rows*tile))
	for i, c := range g.Cells {
		r := cellRect(i, g.Columns, tile)
		for y := range tile {
			for x := range tile {
				p := tiles[c.Tile].NRGBAAt(x, y)
				cy, cb, cr := color.RGBToYCbCr(p.R, p.G, p.B)
				moved := func(v uint8, by float32) uint8 { return uint8(min(max(float32(v)+by, 0), 255)) }
				m.Set(r.Min.X+x, r.Min.Y+y, color.YCbCr{moved(cy, c.Shift[0]), moved(cb, c.Shift[1]), moved(cr, c.Shift[2])})
			}
		}
	}
	return m
}

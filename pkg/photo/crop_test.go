package photo_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"smalti/pkg/photo"
)

// monk is the Monk Skin Tone Scale, from the lightest to the darkest.
var monk = []color.NRGBA{
	{0xF6, 0xED, 0xE4, 255}, {0xF3, 0xE7, 0xDB, 255}, {0xF7, 0xEA, 0xD0, 255}, {0xEA, 0xDA, 0xBA, 255},
	{0xD7, 0xBD, 0x96, 255}, {0xA0, 0x7E, 0x56, 255}, {0x82, 0x5C, 0x43, 255}, {0x60, 0x41, 0x34, 255},
	{0x3A, 0x31, 0x2A, 255}, {0x29, 0x24, 0x20, 255},
}

// disc draws a disc, with two eyes and a mouth darker or lighter than itself if it is a face.
func disc(img *image.NRGBA, at image.Point, radius int, c color.NRGBA, face bool) {
	features := color.NRGBA{c.R / 2, c.G / 2, c.B / 2, 255}
	if c.R < 0x50 {
		features = color.NRGBA{2 * c.R, 2 * c.G, 2 * c.B, 255}
	}
	for y := -radius; y <= radius; y++ {
		for x := -radius; x <= radius; x++ {
			if x*x+y*y > radius*radius {
				continue
			}
			use := c
			eye := 5*max(x, -x) > radius && 5*max(x, -x) < 3*radius && 5*y > -2*radius && 5*y < -radius
			mouth := 5*max(x, -x) < 2*radius && 5*y > 2*radius && 5*y < 3*radius
			if face && (eye || mouth) {
				use = features
			}
			img.SetNRGBA(at.X+x, at.Y+y, use)
		}
	}
}

// keeps checks that a crop is the largest square of a picture, and shows all of a disc.
func keeps(t *testing.T, img *image.NRGBA, at image.Point, radius int) {
	t.Helper()
	got := photo.Crop(img)
	side := min(img.Rect.Dx(), img.Rect.Dy())
	if got.Dx() != side || got.Dy() != side || !got.In(img.Rect) {
		t.Fatalf("crop of %v is %v, no largest square of it", img.Rect, got)
	}
	if subject := image.Rect(at.X-radius, at.Y-radius, at.X+radius+1, at.Y+radius+1); !subject.In(got) {
		t.Errorf("crop %v of %v cuts the subject %v", got, img.Rect, subject)
	}
}

func TestSubjectIsKeptWhereverItIs(t *testing.T) {
	for _, size := range []image.Point{{192, 128}, {171, 96}, {400, 200}, {70, 100}, {72, 128}, {150, 200}} {
		short := min(size.X, size.Y)
		radius := short / 5
		for step := range 5 {
			at := image.Pt(short/2, short/2)
			far := max(size.X, size.Y) - 2*radius - 2
			if size.X > size.Y {
				at.X = radius + 1 + far*step/4
			} else {
				at.Y = radius + 1 + far*step/4
			}
			img := flat(size.X, size.Y, color.NRGBA{60, 110, 60, 255})
			disc(img, at, radius, color.NRGBA{70, 110, 220, 255}, true)
			keeps(t, img, at, radius)
		}
	}
}

// TestEverySkinIsKept sets a face against what draws the eye as much as the face does, save that it
// has no colour of skin: a picture without colour could not tell the two apart.
func TestEverySkinIsKept(t *testing.T) {
	for i, tone := range monk {
		for _, ground := range []color.NRGBA{{90, 130, 200, 255}, {90, 140, 80, 255}, {130, 130, 130, 255}} {
			for _, left := range []bool{true, false} {
				t.Run(fmt.Sprint(i+1, ground, left), func(t *testing.T) {
					luma := uint8((299*int(tone.R) + 587*int(tone.G) + 114*int(tone.B)) / 1000)
					face, other := image.Pt(30, 50), image.Pt(170, 50)
					if !left {
						face, other = other, face
					}
					img := flat(200, 100, ground)
					disc(img, other, 22, color.NRGBA{luma, luma, luma, 255}, true)
					disc(img, face, 22, tone, true)
					got := photo.Crop(img)
					if onFace := (got.Min.X < 50) == left && got.Min.X != 50; !onFace {
						t.Errorf("crop %v is away from the face at %v", got, face)
					}
				})
			}
		}
	}
}

func TestSubjectInGrey(t *testing.T) {
	for _, ground := range []uint8{20, 128, 235} {
		for _, x := range []int{25, 90, 155} {
			img := flat(180, 100, color.NRGBA{ground, ground, ground, 255})
			disc(img, image.Pt(x, 55), 20, color.NRGBA{170, 170, 170, 255}, true)
			keeps(t, img, image.Pt(x, 55), 20)
		}
	}
}

func TestTallPicturesKeepTheTop(t *testing.T) {
	// A head, and under it a coat that has more contrast than the head.
	img := flat(90, 160, color.NRGBA{150, 160, 170, 255})
	for y := 66; y < 160; y++ {
		for x := 15; x < 75; x++ {
			img.SetNRGBA(x, y, color.NRGBA{uint8(30 + 20*(x/6%2)), 40, 60, 255})
		}
	}
	at := image.Pt(45, 38)
	disc(img, at, 24, monk[6], true)
	keeps(t, img, at, 24)
}

func TestSquaresAndBlanksAreLeftInTheMiddle(t *testing.T) {
	for _, img := range []*image.NRGBA{
		flat(100, 100, red), noise(64, 64), flat(1, 1, red),
		flat(300, 100, white), flat(100, 300, black), flat(100, 128, monk[2]),
		flat(2, 1, red), flat(1, 2, red), flat(9000, 1, red), flat(1, 9000, red),
	} {
		if got, want := photo.Crop(img), photo.Centre(img); got != want {
			t.Errorf("crop of %v is %v, want %v", img.Rect, got, want)
		}
	}
}

func TestSubjectOfAnySize(t *testing.T) {
	sides := []int{1, 2, 3, 5, 63, 64, 65, 127, 129, 513, 3000}
	for _, width := range sides {
		for _, height := range sides {
			if width*height > 1_000_000 {
				continue
			}
			img := noise(width, height)
			got := photo.Crop(img)
			if side := min(width, height); got.Dx() != side || got.Dy() != side || !got.In(img.Rect) {
				t.Errorf("crop of %d x %d is %v", width, height, got)
			}
			if again := photo.Crop(img); again != got {
				t.Errorf("crop of %d x %d is %v, and then %v", width, height, got, again)
			}
		}
	}
}

// TestSubjectOfAPart: a picture may be a view into a larger one.
func TestSubjectOfAPart(t *testing.T) {
	whole := noise(300, 300)
	for _, r := range []image.Rectangle{image.Rect(31, 17, 251, 117), image.Rect(31, 17, 131, 297)} {
		part := whole.SubImage(r).(*image.NRGBA)
		alone := image.NewNRGBA(image.Rectangle{Max: r.Size()})
		draw.Draw(alone, alone.Rect, part, r.Min, draw.Src)
		if got, want := photo.Crop(part), photo.Crop(alone).Add(r.Min); got != want {
			t.Errorf("crop of a part is %v, of its copy %v", got, want)
		}
	}
}

func TestTileShowsTheSubject(t *testing.T) {
	img := flat(600, 300, color.NRGBA{90, 140, 80, 255})
	disc(img, image.Pt(520, 150), 70, monk[7], false)
	tile, err := photo.Tile(asPNG(t, img), 60, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	wantColour(t, tile, 44, 30, monk[7], 0)
}

package render_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/portrait"
	"smalti/pkg/render"
	"smalti/pkg/testenv"
)

// gallery has photos that differ by more than their middle, so that it is seen where each ends.
type gallery struct {
	target *image.NRGBA
	photos []*image.NRGBA
}

func (g gallery) Target(context.Context, string, int) (*image.NRGBA, error) { return g.target, nil }

func (g gallery) Tiles(ctx context.Context, list []job.Friend, side int, served func([]int, gather.Result)) []gather.Result {
	results := make([]gather.Result, len(list))
	for i := range list {
		results[i].Tile = imaging.Resize(g.photos[i], side, side, imaging.Lanczos)
		served([]int{i}, results[i])
	}
	return results
}

// newGallery has n photos of one calm colour each, lighter towards one corner.
func newGallery(n int) gallery {
	g := gallery{target: image.NewNRGBA(image.Rect(0, 0, 240, 200))}
	for y := range 200 {
		for x := range 240 {
			v := uint8(90 + x/6)
			if x > 120 && (x/5+y/5)%2 == 0 {
				v += 90
			}
			copy(g.target.Pix[g.target.PixOffset(x, y):], []uint8{v, v, 150, 255})
		}
	}
	for i := range n {
		img := image.NewNRGBA(image.Rect(0, 0, 96, 96))
		for y := range 96 {
			for x := range 96 {
				slope := [4]int{x + y, 95 - x + y, 190 - x - y, x + 95 - y}[i%4] / 4
				copy(img.Pix[img.PixOffset(x, y):], []uint8{uint8(50 + slope + i*5%120), uint8(50 + slope + i*7%120), uint8(110 + i*11%60), 255})
			}
		}
		g.photos = append(g.photos, img)
	}
	return g
}

var allShapes = []job.Shape{job.Square, job.Brick, job.Detail}

// paint draws what plan.json says, without any of what made the poster.
func paint(plan *render.Plan, photoOf func(face int) *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, plan.Width, plan.Height))
	for i, face := range plan.Cells {
		span := 1
		if plan.Shape == job.Detail {
			if span = plan.Spans[i]; span == 0 {
				continue
			}
		}
		column, row := i%plan.Columns, i/plan.Columns
		at := image.Pt(column, row).Mul(plan.Tile)
		if plan.Shape == job.Brick && row%2 == 1 {
			at.X -= plan.Tile / 2
		}
		photo := photoOf(face)
		if len(plan.Crops) > 0 && plan.Crops[i] > 0 {
			part := plan.Faces[face].Crops[plan.Crops[i]-1]
			side := float64(photo.Rect.Dx())
			at := image.Pt(int(math.Round(part[0]*side)), int(math.Round(part[1]*side)))
			photo = imaging.Crop(photo, image.Rectangle{at, at.Add(image.Pt(int(math.Round(part[2]*side)), int(math.Round(part[2]*side))))})
		}
		tile := imaging.Clone(imaging.Resize(photo, span*plan.Tile, span*plan.Tile, imaging.Lanczos))
		if len(plan.Shifts) > 0 {
			for p := range tile.Pix {
				y, cb, cr := float64(plan.Shifts[3*i]), float64(plan.Shifts[3*i+1]), float64(plan.Shifts[3*i+2])
				if plan.Shading != "" {
					n := tile.Rect.Dx()
					dy, dcb, dcr := shadingAt(plan.Shading[24*i:], (float64(p/4%n)+0.5)/float64(n), (float64(p/4/n)+0.5)/float64(n))
					y, cb, cr = y+dy, cb+dcb, cr+dcr
				}
				add := [3]float64{y + 1.402*cr, y - 0.344136*cb - 0.714136*cr, y + 1.772*cb} // JFIF
				if p%4 < 3 {
					tile.Pix[p] = uint8(min(255, max(0, float64(tile.Pix[p])+add[p%4]+0.5)))
				}
			}
		}
		draw.Draw(out, tile.Rect.Add(at), tile, image.Point{}, draw.Src)
	}
	return out
}

// shadingAt is what a place's shading adds to Y, Cb and Cr at a point of it, from 0 to 1.
func shadingAt(place string, x, y float64) (luma, blue, red float64) {
	for i := range 16 {
		dx := math.Abs(min(max(4*x-0.5, 0), 3) - float64(i%4))
		dy := math.Abs(min(max(4*y-0.5, 0), 3) - float64(i/4))
		share, quarter := max(0, 1-dx)*max(0, 1-dy), i/8*2+i%4/2
		luma += share * (float64(place[i]) - 'P')
		blue += share * (float64(place[16+quarter]) - 'P')
		red += share * (float64(place[20+quarter]) - 'P')
	}
	return luma, blue, red
}

// alike fails the test where a block of 8 x 8 pixels differs by more than coding explains.
func alike(t *testing.T, what string, got image.Image, want *image.NRGBA) {
	t.Helper()
	if got.Bounds().Size() != want.Rect.Size() {
		t.Fatalf("%s is %v, want %v", what, got.Bounds(), want.Rect)
	}
	size := want.Rect.Size().Div(8)
	a, b := imaging.Resize(got, size.X, size.Y, imaging.Box), imaging.Resize(want, size.X, size.Y, imaging.Box)
	wrong := 0
	for i := range a.Pix {
		if d := int(a.Pix[i]) - int(b.Pix[i]); max(d, -d) > 10 {
			if wrong++; wrong == 1 {
				t.Errorf("%s differs by %d levels around %d, %d", what, d, i/4%size.X*8, i/4/size.X*8)
			}
		}
	}
	if wrong > 1 {
		t.Errorf("%s differs in %d values of %d", what, wrong, len(a.Pix))
	}
}

// All pictures show the photo that plan.json names, where it says, in all shapes.
func TestEveryPictureShowsWhatThePlanSays(t *testing.T) {
	testenv.SkipSlow(t)
	for _, shape := range allShapes {
		t.Run(string(shape), func(t *testing.T) {
			p, d, g := pkg(40), &drawer{}, newGallery(40)
			p.Options.Shape, p.Options.Columns, p.Options.Quality = shape, 26, 95
			p.Options.Extras = []job.Extra{job.PDF, job.SZI}
			result, err := render.Render(t.Context(), p, g, d, silent)
			if err != nil {
				t.Fatal(err)
			}
			plan := readPlan(t, d)
			if plan.Shape != shape || plan.Width != result.Width || plan.Height != result.Height {
				t.Errorf("plan.json is of %s, %d x %d, the result %d x %d", plan.Shape, plan.Width, plan.Height, result.Width, result.Height)
			}
			if !slices.ContainsFunc(plan.Crops, func(n int) bool { return n > 0 }) {
				t.Error("no place shows a crop")
			}
			if large := slices.Contains(plan.Spans, 2) && slices.Contains(plan.Spans, 4); large != (shape == job.Detail) {
				t.Errorf("spans %v", plan.Spans)
			}
			photoOf := func(face int) *image.NRGBA { return g.photos[number(t, plan, face)] }
			want := paint(plan, photoOf)
			alike(t, "the poster", decode(t, d.files[render.PosterFile]), want)
			preview := decode(t, d.files[render.PreviewFile])
			alike(t, "the preview", imaging.Resize(preview, plan.Width, plan.Height, imaging.Box), want)
			alike(t, "the pyramid", topLevel(t, d.files[render.PyramidFile], want.Rect.Size()), want)
			alike(t, "the PDF", imageOfPDF(t, d.files[render.PDFFile]), want)
			for i, f := range plan.Faces {
				sheet := decode(t, d.files[plan.Atlas.Files[f.Sheet]])
				place := image.Rect(0, 0, plan.Atlas.Tile, plan.Atlas.Tile).Add(image.Pt(f.X, f.Y))
				alike(t, fmt.Sprint("the atlas at face ", i), imaging.Crop(sheet, place), imaging.Resize(photoOf(i), plan.Atlas.Tile, plan.Atlas.Tile, imaging.Lanczos))
			}
		})
	}
}

func readPlan(t *testing.T, d *drawer) *render.Plan {
	t.Helper()
	plan := &render.Plan{}
	if err := json.Unmarshal(d.files[render.PlanFile], plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// number is the photo of a face, counted from 0.
func number(t *testing.T, plan *render.Plan, face int) int {
	t.Helper()
	n, err := strconv.Atoi(plan.Friends[plan.Faces[face].Friends[0]].ID)
	if err != nil {
		t.Fatal(err)
	}
	return n - 1
}

// topLevel puts the tiles of a pyramid's largest level together.
func topLevel(t *testing.T, archive []byte, size image.Point) image.Image {
	t.Helper()
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	top := 0
	tiles := map[int][]*zip.File{}
	for _, f := range files.File {
		if level, err := strconv.Atoi(path.Base(path.Dir(f.Name))); err == nil {
			top = max(top, level)
			tiles[level] = append(tiles[level], f)
		}
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	for _, f := range tiles[top] {
		var x, y int
		if _, err := fmt.Sscanf(strings.TrimSuffix(path.Base(f.Name), ".jpg"), "%d_%d", &x, &y); err != nil {
			t.Fatal(err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(r)
		if err != nil {
			t.Fatal(err)
		}
		draw.Draw(out, img.Bounds().Add(image.Pt(x, y).Mul(512)), img, image.Point{}, draw.Src)
	}
	return out
}

// imageOfPDF is the first picture in a PDF, whose bytes are those of a JPEG.
func imageOfPDF(t *testing.T, pdf []byte) image.Image {
	t.Helper()
	start := bytes.Index(pdf, []byte{0xff, 0xd8, 0xff})
	if start < 0 {
		t.Fatal("there is no JPEG in the PDF")
	}
	return decode(t, pdf[start:])
}

// Photos that look alike are one face with several names, and one picture on the atlas.
func TestPhotosThatLookAlikeAreOneFace(t *testing.T) {
	for _, shape := range allShapes {
		t.Run(string(shape), func(t *testing.T) {
			p, d, g := pkg(30), &drawer{}, newGallery(30)
			for i, quality := range map[int]int{4: 90, 11: 60, 29: 40} { // friend 3's picture, saved again
				var file bytes.Buffer
				if err := jpeg.Encode(&file, imaging.Resize(g.photos[2], 50+3*i, 50+3*i, imaging.Lanczos), &jpeg.Options{Quality: quality}); err != nil {
					t.Fatal(err)
				}
				g.photos[i] = imaging.Clone(decode(t, file.Bytes()))
			}
			p.Options.Shape, p.Options.Columns = shape, 20
			if _, err := render.Render(t.Context(), p, g, d, silent); err != nil {
				t.Fatal(err)
			}
			plan := readPlan(t, d)
			if len(plan.Friends) != 30 || len(plan.Faces) != 27 {
				t.Fatalf("%d friends have %d faces, want 30 and 27", len(plan.Friends), len(plan.Faces))
			}
			seen := make([]int, 30)
			for i, f := range plan.Faces {
				for _, friend := range f.Friends {
					seen[friend]++
					if plan.Friends[friend].Uses != f.Uses || f.Uses == 0 {
						t.Errorf("face %d is used %d times, its friend %d times", i, f.Uses, plan.Friends[friend].Uses)
					}
				}
				if want := []int{2, 4, 11, 29}; (len(f.Friends) > 1 || f.Friends[0] == 2) && !slices.Equal(f.Friends, want) {
					t.Errorf("face %d is that of %v, want %v", i, f.Friends, want)
				}
			}
			if slices.Max(seen) != 1 || slices.Min(seen) != 1 {
				t.Errorf("friends are in so many faces: %v", seen)
			}
			sheet := decode(t, d.files[plan.Atlas.Files[0]])
			if places := sheet.Bounds().Dx() * sheet.Bounds().Dy() / (96 * 96); places < 27 || places >= 36 {
				t.Errorf("the atlas has room for %d pictures, for 27 faces", places)
			}
		})
	}
}

// Targets and photos that give a mosaic little to work with still give a whole one, in all shapes.
func TestOddMosaics(t *testing.T) {
	some := newGallery(20)
	same := gallery{target: some.target}
	grey := gallery{target: portrait.Draw(0, 200)}
	for i := range some.photos {
		same.photos = append(same.photos, some.photos[0])
		grey.photos = append(grey.photos, imaging.Grayscale(some.photos[i]))
	}
	one := gallery{target: imaging.New(60, 40, some.photos[3].At(50, 50)), photos: some.photos}
	for name, c := range map[string]struct {
		gallery gallery
		change  func(o *job.Options)
		relaxed []string
	}{
		"fewer photos than the rules need": {some, func(o *job.Options) { o.RepeatDistance, o.MaxUses = 8, 3 }, []string{"max_uses", "repeat_distance"}},
		"all photos alike":                 {same, func(o *job.Options) {}, []string{"repeat_distance"}},
		"one colour":                       {one, func(o *job.Options) {}, nil},
		"one cell":                         {some, func(o *job.Options) { o.Columns, o.Rows = 1, 1 }, []string{"everyone"}},
		"one long row":                     {some, func(o *job.Options) { o.Columns, o.Rows = 2000, 1 }, nil},
		"grey photos":                      {grey, func(o *job.Options) {}, nil},
	} {
		for _, shape := range allShapes {
			t.Run(name+", "+string(shape), func(t *testing.T) {
				p, d := pkg(20), &drawer{}
				p.Options.Shape = shape
				c.change(&p.Options)
				if err := p.Validate(); err != nil {
					t.Fatal(err)
				}
				result, err := render.Render(t.Context(), p, c.gallery, d, silent)
				if err != nil {
					t.Fatal(err)
				}
				plan := readPlan(t, d)
				if size := decode(t, d.files[render.PosterFile]).Bounds().Size(); size != image.Pt(result.Width, result.Height) {
					t.Errorf("the poster is %v, the result says %d x %d", size, result.Width, result.Height)
				}
				var relaxed []string
				for _, r := range plan.Relaxed {
					relaxed = append(relaxed, r.Rule)
					if r.Why == "" {
						t.Errorf("%s was relaxed without a word", r.Rule)
					}
				}
				if !slices.Equal(relaxed, c.relaxed) {
					t.Errorf("relaxed %v, want %v", relaxed, c.relaxed)
				}
			})
		}
	}
}

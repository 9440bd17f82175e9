package poster_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/disintegration/imaging"
	"go.uber.org/goleak"

	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

// pyramid returns the entries of a pyramid by name.
func pyramid(t *testing.T, tiles []*image.NRGBA, g poster.Grid, o poster.Options) map[string][]byte {
	t.Helper()
	var b bytes.Buffer
	done, total := 0, 0
	err := poster.WritePyramid(t.Context(), &b, "friends", tiles, g, o, func(d, of int) { done, total = d, of })
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string][]byte{}
	for _, f := range z.File {
		if f.Method != zip.Store {
			t.Errorf("%s is compressed", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if entries[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	if pictures := len(entries) - 2; done != total || done != pictures {
		t.Errorf("progress ended at %d of %d; there are %d tiles", done, total, pictures)
	}
	return entries
}

func TestPyramidShowsThePoster(t *testing.T) {
	bricks := random(21, 13, 9, 10)
	bricks.Brick = true
	large := random(20, 12, 9, 10)
	large.Cells[0].Span, large.Cells[7].Span, large.Cells[55].Span = 4, 2, 2
	var shaded [4]poster.Grid
	for i, g := range []poster.Grid{random(20, 12, 9, 10), random(180, 11, 9, 10), bricks, large} {
		shaded[i] = plainOf(g)
		shade(&shaded[i], 20)
	}
	for name, test := range map[string]struct {
		grid poster.Grid
		o    poster.Options
	}{
		"shaded":        {shaded[0], poster.Options{Tile: 64}},
		"shaded, drawn": {shaded[1], poster.Options{Tile: 24}},
		"shaded bricks": {shaded[2], poster.Options{Tile: 64}},
		"shaded, large": {shaded[3], poster.Options{Tile: 64}},
		"plain":         {random(20, 12, 9, 10), poster.Options{Tile: 64}},
		"cut":           {random(20, 12, 9, 10), poster.Options{Tile: 64, Width: 1271, Height: 749}},
		"over tiles":    {random(20, 12, 9, 10), poster.Options{Tile: 48}},
		"not halved":    {random(30, 18, 9, 10), poster.Options{Tile: 40}}, // 40, then drawn
		"drawn in part": {random(180, 11, 9, 10), poster.Options{Tile: 24}},
		"4:4:4":         {random(20, 12, 9, 10), poster.Options{Tile: 64, Subsampling: poster.S444}},
		"4:2:0":         {random(20, 12, 9, 10), poster.Options{Tile: 64, Subsampling: poster.S420, Quality: 95}},
		"bricks":        {bricks, poster.Options{Tile: 64}},
		"large":         {large, poster.Options{Tile: 64}},
		"small":         {random(2, 1, 9, 10), poster.Options{Tile: 8}},
	} {
		t.Run(name, func(t *testing.T) {
			tiles := scenes(9, 64)
			entries := pyramid(t, tiles, test.grid, test.o)
			whole := decode(t, write(t, tiles, test.grid, test.o))
			size := whole.Rect.Max
			if want := fmt.Sprintf(`Width="%d" Height="%d"`, size.X, size.Y); !strings.Contains(string(entries["friends/friends.dzi"]), want) {
				t.Errorf("the description is %s, want %s in it", entries["friends/friends.dzi"], want)
			}
			top := int(math.Ceil(math.Log2(float64(max(size.X, size.Y)))))
			used := 2
			for level := top; level >= 0; level-- {
				m, n := assemble(t, entries, level, size)
				used += n
				if level == top {
					if d := furthest(t, samples(m.(*image.YCbCr), m.Bounds()), samples(whole, whole.Rect)); d != 0 {
						t.Errorf("the largest level is %d levels off the poster", d)
					}
				} else if d := unlike(m, imaging.Resize(whole, size.X, size.Y, imaging.Box)); d > 4 {
					t.Errorf("level %d is %.1f off the poster", level, d)
				}
				size = image.Pt((size.X+1)/2, (size.Y+1)/2)
			}
			if used != len(entries) {
				t.Errorf("%d entries, of which %d belong there", len(entries), used)
			}
		})
	}
}

// assemble puts a level's tiles together, and counts them.
func assemble(t *testing.T, entries map[string][]byte, level int, size image.Point) (m image.Image, n int) {
	t.Helper()
	var all *image.YCbCr
	for y := 0; y*512 < size.Y; y++ {
		for x := 0; x*512 < size.X; x++ {
			name := fmt.Sprintf("friends/friends_files/%d/%d_%d.jpg", level, x, y)
			if entries[name] == nil {
				t.Fatalf("%s is missing", name)
			}
			tile := decode(t, entries[name])
			at := image.Rect(x*512, y*512, min((x+1)*512, size.X), min((y+1)*512, size.Y))
			if tile.Rect.Size() != at.Size() {
				t.Fatalf("%s is %v, want %v", name, tile.Rect.Size(), at.Size())
			}
			if all == nil {
				all = image.NewYCbCr(image.Rectangle{Max: size}, tile.SubsampleRatio)
			}
			if all.SubsampleRatio != tile.SubsampleRatio {
				t.Fatalf("%s is sampled otherwise", name)
			}
			for py := at.Min.Y; py < at.Max.Y; py++ {
				copy(all.Y[all.YOffset(at.Min.X, py):][:at.Dx()], tile.Y[tile.YOffset(0, py-at.Min.Y):])
				width := tile.COffset(at.Dx()-1, 0) + 1
				copy(all.Cb[all.COffset(at.Min.X, py):][:width], tile.Cb[tile.COffset(0, py-at.Min.Y):][:width])
				copy(all.Cr[all.COffset(at.Min.X, py):][:width], tile.Cr[tile.COffset(0, py-at.Min.Y):][:width])
			}
			n++
		}
	}
	return all, n
}

// unlike returns how far the mean colours of two pictures are apart on squares of 64 pixels, as a
// root mean square.
func unlike(a, b image.Image) float64 {
	sum, n := 0.0, 0
	for y := 0; y < a.Bounds().Dy(); y += 64 {
		for x := 0; x < a.Bounds().Dx(); x += 64 {
			r := image.Rect(x, y, x+64, y+64).Intersect(a.Bounds())
			ca, cb := meanColour(a, r), meanColour(b, r)
			for c := range ca {
				sum += (ca[c] - cb[c]) * (ca[c] - cb[c])
				n++
			}
		}
	}
	return math.Sqrt(sum / float64(n))
}

func meanColour(m image.Image, r image.Rectangle) (sum [3]float64) {
	n := float64(r.Dx() * r.Dy())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			sum[0] += float64(c.R) / n
			sum[1] += float64(c.G) / n
			sum[2] += float64(c.B) / n
		}
	}
	return sum
}

// TestPyramidIsLaidOutAsVipsDoes makes the same pyramid of the decoded poster: the same files of the same sizes.
func TestPyramidIsLaidOutAsVipsDoes(t *testing.T) {
	testenv.SkipSlow(t)
	program := testenv.Program(t, "vips")
	dir := t.TempDir()
	tiles := photos(t, 20, 64)
	g := random(30, 17, 20, 10)
	o := poster.Options{Tile: 48, Height: 16*48 + 7}
	file := filepath.Join(dir, "poster.jpg")
	if err := os.WriteFile(file, write(t, tiles, g, o), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "dzsave", file, filepath.Join(dir, "friends.szi"),
		"--tile-size", "512", "--overlap", "0", "--suffix", ".jpg").CombinedOutput()
	if err != nil {
		t.Fatalf("vips: %v: %s", err, out)
	}
	ours := pyramid(t, tiles, g, o)
	theirs, err := zip.OpenReader(filepath.Join(dir, "friends.szi"))
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	for _, f := range theirs.File {
		if strings.HasSuffix(f.Name, "/vips-properties.xml") {
			continue
		}
		data := ours[f.Name]
		if data == nil {
			t.Errorf("%s is missing", f.Name)
			continue
		}
		delete(ours, f.Name)
		if !strings.HasSuffix(f.Name, ".jpg") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		want, err := jpeg.Decode(r)
		if err != nil {
			t.Fatal(err)
		}
		got := decode(t, data)
		if got.Rect.Size() != want.Bounds().Size() {
			t.Errorf("%s is %v, want %v", f.Name, got.Rect.Size(), want.Bounds().Size())
		} else if d := unlike(got, want); d > 6 && got.Rect.Dx() >= 16 { // below, vips' roundings have added up
			t.Errorf("%s is %.1f off what vips makes", f.Name, d)
		}
	}
	for name := range ours {
		t.Errorf("%s is not in vips' pyramid", name)
	}
}

func TestPyramidRefusesBadInput(t *testing.T) {
	tiles, g := scenes(2, 16), random(2, 2, 2, 0)
	for _, name := range []string{"", "a/b", "..", `a\b`, "<a>"} {
		err := poster.WritePyramid(t.Context(), io.Discard, name, tiles, g, poster.Options{Tile: 16}, nil)
		if _, ok := errors.AsType[*poster.InputError](err); !ok {
			t.Errorf("called %q: error %v, want an InputError", name, err)
		}
	}
	cause := errors.New("the line is dead")
	if err := poster.WritePyramid(t.Context(), &broken{5000, cause}, "a", tiles, random(90, 90, 2, 0), poster.Options{Tile: 16}, nil); !errors.Is(err, cause) {
		t.Errorf("to a broken writer: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := poster.WritePyramid(ctx, io.Discard, "a", tiles, g, poster.Options{Tile: 16}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: error %v", err)
	}
	goleak.VerifyNone(t)
}

package jpeg_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/jpeg"
	"smalti/pkg/testenv"
)

// decoded is what came of a file.
type decoded struct {
	width, height int
	pix           []byte // four bytes a pixel, of the rows that there are
	rows          int
	present       int // of the full picture
	damaged       bool
}

// decode reduces to size eighths.
func decode(data []byte, size int) (d decoded, err error) {
	p, err := jpeg.Open(data)
	if err != nil {
		return d, err
	}
	r, err := p.Rows(context.Background(), size)
	if err != nil {
		return d, err
	}
	d = decoded{width: r.Width, height: r.Height}
	row := make([]byte, 4*r.Width)
	for r.Next(row) {
		d.pix = append(d.pix, row...)
		d.rows++
	}
	d.present, d.damaged = r.Present(), r.Damaged()
	return d, r.Err()
}

// picture has edges, colours and grain.
func picture(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	state := uint32(1)
	for y := range height {
		for x := range width {
			state = state*1664525 + 1013904223
			grain := uint8(state >> 27)
			c := color.RGBA{uint8(200*x/width) + grain, uint8(200*y/height) + grain, uint8(9*(x+2*y))>>1 + grain, 255}
			if (x/13+y/9)%5 == 0 {
				c = color.RGBA{230, 20 + grain, 40, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func ppm(img *image.RGBA) []byte {
	b := fmt.Appendf(nil, "P6\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())
	for i := 0; i < len(img.Pix); i += 4 {
		b = append(b, img.Pix[i:i+3]...)
	}
	return b
}

func run(t testing.TB, input []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testenv.Program(t, name), args...)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil && len(out) == 0 { // a warning is an error, too
		var exit *exec.ExitError
		errors.As(err, &exit)
		t.Fatalf("%s %v: %v, %s", name, args, err, exit.Stderr)
	}
	return out
}

// encode makes a JPEG with libjpeg's program.
func encode(t testing.TB, img *image.RGBA, args ...string) []byte {
	t.Helper()
	return run(t, ppm(img), "cjpeg", args...)
}

// djpeg decodes with libjpeg's program, to four bytes a pixel.
func djpeg(t testing.TB, data []byte, size int) decoded {
	t.Helper()
	out := run(t, data, "djpeg", "-dct", "int", "-pnm", "-scale", fmt.Sprintf("%d/8", size))
	var d decoded
	var magic string
	var most int
	if _, err := fmt.Sscan(string(out[:min(len(out), 40)]), &magic, &d.width, &d.height, &most); err != nil {
		t.Fatal(err)
	}
	parts := 3
	if magic == "P5" {
		parts = 1
	}
	d.rows = d.height
	for out = out[len(out)-parts*d.width*d.height:]; len(out) > 0; out = out[parts:] {
		d.pix = append(d.pix, out[0], out[parts/2], out[parts-1], 255)
	}
	return d
}

// differ is the largest difference of a level, and the mean of all.
func differ(a, b []byte) (worst int, mean float64) {
	sum := 0
	for i := range min(len(a), len(b)) {
		d := int(a[i]) - int(b[i])
		worst, sum = max(worst, d, -d), sum+max(d, -d)
	}
	return worst, float64(sum) / float64(max(1, min(len(a), len(b))*3/4))
}

// variants are files of every kind that cjpeg makes.
func variants(t testing.TB) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	add := func(width, height int, args string) {
		all[fmt.Sprintf("%dx%d %s", width, height, args)] = encode(t, picture(width, height), strings.Fields(args)...)
	}
	for _, sample := range []string{
		"1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "3x1", "1x3", "2x2,1x1,1x2", "2x2,2x1,1x1", "1x1,2x2,2x2", "2x1,1x2,1x1",
	} {
		add(61, 47, "-quality 85 -sample "+sample)
		add(61, 47, "-quality 60 -progressive -sample "+sample)
		add(35, 50, "-quality 60 -arithmetic -sample "+sample)
	}
	for _, args := range []string{
		"", "-grayscale", "-rgb", "-restart 1", "-restart 3B", "-progressive -restart 1", "-progressive -restart 5B", "-arithmetic",
		"-arithmetic -restart 1", "-arithmetic -progressive", "-arithmetic -progressive -restart 2B", "-optimize", "-grayscale -progressive",
		"-grayscale -sample 2x2", "-quality 100 -sample 1x1", "-quality 5", "-quality 1 -progressive",
	} {
		for _, size := range []image.Point{{1, 1}, {2, 9}, {16, 16}, {17, 33}, {70, 41}} {
			add(size.X, size.Y, args)
		}
	}
	scans := filepath.Join(t.TempDir(), "scans")
	for name, script := range map[string]string{
		"each component":      "0;\n1;\n2;\n",
		"colours first":       "1 2;\n0;\n",
		"each, progressive":   "0: 0-0, 0, 0;\n1: 0-0, 0, 0;\n2: 0-0, 0, 0;\n0: 1-63, 0, 0;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n",
		"many bits":           "0 1 2: 0-0, 0, 3;\n0: 1-63, 0, 3;\n0: 1-63, 3, 2;\n0: 1-63, 2, 1;\n0: 1-63, 1, 0;\n1: 1-5, 0, 1;\n1: 6-63, 0, 1;\n1: 1-63, 1, 0;\n2: 1-63, 0, 0;\n0 1 2: 0-0, 3, 2;\n0 1 2: 0-0, 2, 1;\n0 1 2: 0-0, 1, 0;\n",
		"only some of it all": "0 1 2: 0-0, 0, 0;\n0: 1-63, 0, 0;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n",
	} {
		if err := os.WriteFile(scans, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, coding := range []string{"", "-arithmetic"} {
			all[name+coding] = encode(t, picture(50, 39), strings.Fields(coding+" -sample 2x2 -scans "+scans)...)
		}
	}
	return all
}

// TestAsDjpeg: at full size, all levels are those of libjpeg-turbo.
func TestAsDjpeg(t *testing.T) {
	for name, data := range variants(t) {
		want := djpeg(t, data, 8)
		got, err := decode(data, 8)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.damaged || got.present != want.height || got.width != want.width || got.rows != want.height {
			t.Errorf("%s: %d x %d, %d rows, %d present, damaged: %v", name, got.width, got.height, got.rows, got.present, got.damaged)
		}
		if worst, _ := differ(got.pix, want.pix); worst > 0 {
			t.Errorf("%s: a level differs by %d", name, worst)
		}
	}
}

// TestReduced compares with the mean of blocks of pixels. They differ where there are details that are too fine
// for the reduced picture, and at edges where a block is not full.
func TestReduced(t *testing.T) {
	for name, data := range variants(t) {
		full, err := decode(data, 8)
		if err != nil {
			t.Fatal(name, err)
		}
		for size := 1; size < 8; size++ {
			got, err := decode(data, size)
			if err != nil {
				t.Fatal(name, err)
			}
			if got.width != (full.width*size+7)/8 || got.rows != (full.height*size+7)/8 || got.present != full.height {
				t.Errorf("%s at %d/8: %d x %d", name, size, got.width, got.rows)
			}
			want := boxes(full, size)
			if worst, mean := differ(got.pix, want); mean > 16 || worst > 220 {
				t.Errorf("%s at %d/8: the mean difference is %.1f, the largest %d", name, size, mean, worst)
			}
		}
	}
}

// boxes averages what is under each pixel of the picture that is reduced to size eighths.
func boxes(d decoded, size int) (out []byte) {
	for y := 0; y < d.height*size; y += 8 {
		for x := 0; x < d.width*size; x += 8 {
			for c := range 4 {
				sum, n := 0, 0
				for j := y / size; j < d.height && j*size < y+8; j++ {
					down := min(y+8, (j+1)*size) - max(y, j*size)
					for i := x / size; i < d.width && i*size < x+8; i++ {
						part := down * (min(x+8, (i+1)*size) - max(x, i*size))
						sum, n = sum+part*int(d.pix[4*(j*d.width+i)+c]), n+part
					}
				}
				out = append(out, uint8(sum/n))
			}
		}
	}
	return out
}

// TestSmoothIsReducedExactly: of what has no fine detail, only rounding differs.
func TestSmoothIsReducedExactly(t *testing.T) {
	img := image.NewYCbCr(image.Rect(0, 0, 128, 96), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = uint8(40 + i%128 + i/128/2)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = uint8(90+i%64), uint8(160-i/64)
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, img, &stdjpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	full, _ := decode(b.Bytes(), 8)
	for size := 1; size < 8; size++ {
		got, err := decode(b.Bytes(), size)
		if err != nil {
			t.Fatal(err)
		}
		if worst, mean := differ(got.pix, boxes(full, size)); worst > 3 || mean > 1 {
			t.Errorf("%d/8: the largest difference is %d, the mean %.2f", size, worst, mean)
		}
		if worst, mean := differ(got.pix, djpeg(t, b.Bytes(), size).pix); worst > 3 || mean > 1.5 {
			t.Errorf("%d/8: the largest difference from djpeg is %d, the mean %.2f", size, worst, mean)
		}
	}
}

// TestAsImageJPEG: the standard library's decoder rounds otherwise, and does not interpolate colours.
func TestAsImageJPEG(t *testing.T) {
	data := encode(t, picture(90, 70), "-sample", "1x1", "-quality", "90")
	img, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(data, 8)
	if err != nil {
		t.Fatal(err)
	}
	ycc := img.(*image.YCbCr)
	for y := range got.rows {
		for x := range got.width {
			c := ycc.YCbCrAt(x, y)
			r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
			if worst, _ := differ(got.pix[4*(y*got.width+x):][:3], []byte{r, g, b}); worst > 4 {
				t.Fatalf("at %d, %d a level differs by %d", x, y, worst)
			}
		}
	}
}

package photo_test

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"smalti/pkg/photo"
	"smalti/pkg/testenv"
)

// What other programs encode has the pixels that they decode themselves, but for rounding.
func TestHEIFLikeOtherPrograms(t *testing.T) {
	testenv.SkipRace(t, "its decoders take more time and memory than they may")
	dir := t.TempDir()
	source := filepath.Join(dir, "source.png")
	waves := image.NewNRGBA(image.Rect(0, 0, 150, 110))
	for y := range 110 {
		for x := range 150 {
			wave := func(period float64) uint8 {
				return uint8(128 + 100*math.Sin(float64(x)/period)*math.Cos(float64(y)/(period+3)))
			}
			waves.SetNRGBA(x, y, color.NRGBA{wave(33), wave(41), wave(57), 255})
		}
	}
	if err := os.WriteFile(source, asPNG(t, waves), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, how := range map[string][]string{
		"AVIF 4:2:0":    {"avifenc", "-s", "8", "-y", "420", source, "file"},
		"AVIF limited":  {"avifenc", "-s", "8", "-y", "422", "-r", "limited", source, "file"},
		"AVIF BT.709":   {"avifenc", "-s", "8", "--cicp", "1/1/1", source, "file"},
		"AVIF 10 bits":  {"avifenc", "-s", "8", "-d", "10", source, "file"},
		"AVIF 12 bits":  {"avifenc", "-s", "8", "-d", "12", source, "file"},
		"AVIF grey":     {"avifenc", "-s", "8", "-y", "400", source, "file"},
		"AVIF sequence": {"avifenc", "-s", "8", source, source, "file"},
		"HEIC 4:2:0":    {"heif-enc", source, "-o", "file"},
		"HEIC 4:4:4":    {"heif-enc", "-p", "chroma=444", source, "-o", "file"},
		"HEIC limited":  {"heif-enc", "--full_range_flag", "0", source, "-o", "file"},
		"HEIC BT.709":   {"heif-enc", "--matrix_coefficients", "1", source, "-o", "file"},
	} {
		t.Run(name, func(t *testing.T) {
			extension, decoder := ".avif", "avifdec"
			if how[0] == "heif-enc" {
				extension, decoder = ".heic", "heif-convert"
			}
			testenv.Program(t, how[0])
			testenv.Program(t, decoder)
			file, decoded := filepath.Join(t.TempDir(), "file"+extension), filepath.Join(t.TempDir(), "decoded.png")
			how = append(how[:len(how)-1:len(how)-1], file)
			for _, c := range [][]string{how, {decoder, file, decoded}} {
				if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
					t.Skipf("%v: %v\n%s", c, err, out) // an older version of it
				}
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := photo.Picture(data, 1000, photo.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(decoded)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			want, err := png.Decode(f)
			if err != nil {
				t.Fatal(err)
			}
			if got.Bounds() != want.Bounds() {
				t.Fatalf("%v, want %v", got.Bounds(), want.Bounds())
			}
			if d := meanDifference(got, want); d > 2 {
				t.Errorf("mean difference %.2f levels", d)
			}
		})
	}
}

func meanDifference(a, b image.Image) float64 {
	sum, n := 0.0, 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			for _, d := range []float64{float64(r1) - float64(r2), float64(g1) - float64(g2), float64(b1) - float64(b2)} {
				sum += math.Abs(d) / 257
				n++
			}
		}
	}
	return sum / float64(n)
}

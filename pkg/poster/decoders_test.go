package poster_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

// decoders are programs that read JPEG with code that is not Go's. Each must end well and silently.
var decoders = []struct {
	name      string
	arguments func(file, out string) []string
	decoded   string // what it writes, if that is compared
	longest   int    // the longest side that its own limits allow
}{
	{"djpeg", func(file, out string) []string {
		return []string{"-dct", "int", "-nosmooth", "-outfile", out + ".ppm", file}
	}, ".ppm", poster.MaxSide},
	{"vips", func(file, out string) []string { return []string{"avg", file + "[fail_on=warning]"} }, "", poster.MaxSide},
	{"identify", func(file, out string) []string {
		return []string{"-regard-warnings", "-format", "%wx%h %[profile:icc] %x %U %[fx:mean]", file}
	}, "", 16_000}, // Debian's policy.xml
}

func TestOtherDecodersReadIt(t *testing.T) {
	testenv.SkipSlow(t)
	bricks := random(9, 7, 20, 8)
	bricks.Brick = true
	large := random(12, 8, 20, 8)
	large.Cells[0].Span, large.Cells[29].Span = 4, 2
	files := map[string][]byte{}
	for name, test := range map[string]struct {
		grid poster.Grid
		o    poster.Options
	}{
		"plain":      {random(30, 20, 20, 8), poster.Options{Tile: 64}},
		"444":        {random(30, 20, 20, 8), poster.Options{Tile: 24}},
		"q100":       {random(30, 20, 20, 30), poster.Options{Tile: 64, Quality: 100, Subsampling: poster.S420}},
		"q1":         {random(30, 20, 20, 90), poster.Options{Tile: 32, Quality: 1}},
		"bricks":     {bricks, poster.Options{Tile: 32}},
		"large":      {large, poster.Options{Tile: 16, Width: 187, Height: 123}},
		"one":        {random(1, 1, 20, 0), poster.Options{Tile: 8}},
		"very wide":  {random(4094, 2, 20, 8), poster.Options{Tile: 16, Width: poster.MaxSide}},
		"very high":  {random(2, 4094, 20, 8), poster.Options{Tile: 16, Height: poster.MaxSide}},
		"one colour": {random(8, 8, 1, 0), poster.Options{Tile: 16}},
	} {
		tiles := photos(t, 20, 64)
		if name == "one colour" {
			tiles = []*image.NRGBA{uniform(16, whiteColour)}
		}
		files[name] = write(t, tiles, test.grid, test.o)
	}
	var preview, drawn, sheet bytes.Buffer
	tiles := photos(t, 20, 96)
	if err := poster.Preview(t.Context(), &preview, tiles, random(25, 20, 20, 8), 1600, 82); err != nil {
		t.Fatal(err)
	}
	if err := poster.Preview(t.Context(), &drawn, tiles, random(37, 20, 20, 8), 1600, 82); err != nil {
		t.Fatal(err)
	}
	sheets, err := poster.Atlas(tiles)
	if err != nil {
		t.Fatal(err)
	}
	if err := sheets[0].Write(t.Context(), &sheet); err != nil {
		t.Fatal(err)
	}
	files["preview"], files["drawn preview"], files["sheet"] = preview.Bytes(), drawn.Bytes(), sheet.Bytes()

	for _, d := range decoders {
		t.Run(d.name, func(t *testing.T) {
			program := testenv.Program(t, d.name)
			for name, data := range files {
				if c, err := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || max(c.Width, c.Height) > d.longest {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				file := filepath.Join(t.TempDir(), "poster.jpg")
				if err := os.WriteFile(file, data, 0o600); err != nil {
					t.Fatal(err)
				}
				out := filepath.Join(t.TempDir(), "decoded")
				var complaints bytes.Buffer
				c := exec.CommandContext(t.Context(), program, d.arguments(file, out)...)
				c.Stderr = &complaints
				if err := c.Run(); err != nil || complaints.Len() > 0 {
					t.Errorf("%s: %v: %s", name, err, complaints.Bytes())
					continue
				}
				if d.decoded != "" {
					compare(t, name, data, out+d.decoded)
				}
			}
		})
	}
}

// compare holds a decoded PPM against image/jpeg's idea of the same file. Both may round a DCT and
// a colour conversion their own way.
func compare(t *testing.T, name string, data []byte, ppm string) {
	t.Helper()
	raw, err := os.ReadFile(ppm)
	if err != nil {
		t.Fatal(err)
	}
	m := decode(t, data)
	head := fmt.Sprintf("P6\n%d %d\n255\n", m.Rect.Dx(), m.Rect.Dy())
	if !bytes.HasPrefix(raw, []byte(head)) {
		t.Errorf("%s: djpeg wrote %q, want %q", name, raw[:min(20, len(raw))], head)
		return
	}
	raw = raw[len(head):]
	most := 0
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			r, g, b, _ := m.At(x, y).RGBA()
			for c, want := range []uint32{r >> 8, g >> 8, b >> 8} {
				got := int(raw[(y*m.Rect.Dx()+x)*3+c])
				most = max(most, got-int(want), int(want)-got)
			}
		}
	}
	if most > 6 {
		t.Errorf("%s: djpeg and image/jpeg are %d levels apart", name, most)
	}
}

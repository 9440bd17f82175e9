package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// vips encodes JPEG with libjpeg-turbo, from a file in libvips' own format, which it maps into
// memory, to nowhere.
type vips struct {
	dir          string
	large, small string // files
	megapixels   float64
}

// newVips makes its input. An error means that libvips is not installed or cannot do it.
func newVips(ctx context.Context, temp string, tiles []*image.NRGBA) (v *vips, version string, err error) {
	if _, err := exec.LookPath("vips"); err != nil {
		return nil, "", errors.New("vips is not installed")
	}
	out, err := exec.CommandContext(ctx, "vips", "--version").Output()
	if err != nil {
		return nil, "", fmt.Errorf("vips --version: %w", err)
	}
	g := randomGrid(vipsCells, vipsCells, len(tiles), 0)
	v = &vips{dir: temp, megapixels: megapixels(g)}
	if v.large, err = v.convert(ctx, "large", bitmap(tiles, g)); err != nil {
		return nil, "", err
	}
	if v.small, err = v.convert(ctx, "small", bitmap(tiles, randomGrid(1, 1, len(tiles), 0))); err != nil {
		return nil, "", err
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return v, first + " jpegsave", nil
}

func (v *vips) convert(ctx context.Context, name string, img *image.RGBA) (string, error) {
	from, to := filepath.Join(v.dir, name+".ppm"), filepath.Join(v.dir, name+".v")
	defer os.Remove(from)
	if err := writeFile(from, func(w io.Writer) error { return writePPM(w, img) }); err != nil {
		return "", err
	}
	_, _, err := start(ctx, v.dir, "vips", "copy", from, to)
	return to, err
}

func (v *vips) encode(ctx context.Context, file string) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		spent, _, err := start(ctx, v.dir, "vips", "jpegsave", file, os.DevNull, "--Q", fmt.Sprint(composerQuality))
		return spent.Wall, err
	}
}

// writePPM writes a picture in the binary format of Netpbm.
func writePPM(w io.Writer, img *image.RGBA) error {
	b := bufio.NewWriterSize(w, 1<<20)
	fmt.Fprintf(b, "P6\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())
	for i := 0; i < len(img.Pix); i += 4 {
		b.Write(img.Pix[i : i+3])
	}
	return b.Flush()
}

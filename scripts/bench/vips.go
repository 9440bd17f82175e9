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

	"smalti/pkg/poster"
)

// newVips encodes JPEG with libvips, which uses libjpeg-turbo. It reads a file in libvips' own format, which
// is mapped into memory, and discards the JPEG. The second contender encodes a single cell: it costs little
// more than the start of the process. An error means that libvips is not installed or cannot do it.
func newVips(ctx context.Context, dir string, tiles []*image.NRGBA) (large, cell *contender, err error) {
	if _, err := exec.LookPath("vips"); err != nil {
		return nil, nil, errors.New("vips is not installed")
	}
	out, err := exec.CommandContext(ctx, "vips", "--version").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("vips --version: %w", err)
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	encode := func(name string, g poster.Grid) (*contender, error) {
		file, err := vipsFile(ctx, filepath.Join(dir, fmt.Sprint("vips", g.Columns)), bitmap(tiles, g))
		return &contender{name: version + " jpegsave" + name, megapixels: megapixels(g), once: func() (time.Duration, error) {
			spent, _, err := start(ctx, dir, "vips", "jpegsave", file, os.DevNull, "--Q", fmt.Sprint(composerQuality))
			return spent.Wall, err
		}}, err
	}
	if large, err = encode("", randomGrid(vipsCells, vipsCells, len(tiles), 0)); err != nil {
		return nil, nil, err
	}
	cell, err = encode(", one cell", randomGrid(1, 1, len(tiles), 0))
	return large, cell, err
}

func vipsFile(ctx context.Context, name string, img *image.RGBA) (path string, err error) {
	from, to := name+".ppm", name+".v"
	if err := writeFile(from, func(w io.Writer) error { return writePPM(w, img) }); err != nil {
		return "", err
	}
	_, _, err = start(ctx, filepath.Dir(name), "vips", "copy", from, to)
	return to, errors.Join(err, os.Remove(from))
}

// writePPM writes a picture in the binary format of Netpbm.
func writePPM(w io.Writer, img *image.RGBA) error {
	b := bufio.NewWriterSize(w, 1<<20)
	if _, err := fmt.Fprintf(b, "P6\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy()); err != nil {
		return err
	}
	for i := 0; i < len(img.Pix); i += 4 {
		if _, err := b.Write(img.Pix[i : i+3]); err != nil {
			return err
		}
	}
	return b.Flush()
}

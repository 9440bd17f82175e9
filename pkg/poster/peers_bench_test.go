package poster_test

import (
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/counting"
	"smalti/pkg/poster"
	"smalti/pkg/testenv"
)

// BenchmarkWriteFile writes 4 gigapixels to a file, and reports how long cp takes with it, and how much memory
// this process has taken.
func BenchmarkWriteFile(b *testing.B) {
	const tile, side = 64, 1023
	tiles := photos(b, 400, tile)
	file := filepath.Join(b.TempDir(), "poster.jpg")
	b.SetBytes(side * side * tile * tile)
	for b.Loop() {
		p, err := poster.New(tiles, random(side, side, len(tiles), 8), poster.Options{Tile: tile})
		if err != nil {
			b.Fatal(err)
		}
		f, err := os.Create(file)
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(p.Write(context.Background(), f, nil), f.Close()); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	if err := exec.CommandContext(b.Context(), "cp", file, file+".copy").Run(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(began)), "cp-ns")
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(used.Maxrss)/1e3, "peak-MB") // on Linux
}

// BenchmarkImageJPEG is what it is measured against: the same pixels through image/jpeg. It also reports the
// size of our file relative to that one.
func BenchmarkImageJPEG(b *testing.B) {
	tiles := photos(b, 400, 64)
	g := random(40, 40, len(tiles), 0)
	m := mosaic(tiles, g, 64)
	var theirs, ours counting.Writer
	b.SetBytes(int64(m.Rect.Dx() * m.Rect.Dy()))
	for b.Loop() {
		theirs = counting.Writer{Writer: io.Discard}
		if err := jpeg.Encode(&theirs, m, &jpeg.Options{Quality: 85}); err != nil {
			b.Fatal(err)
		}
	}
	ours.Writer = io.Discard
	p, err := poster.New(tiles, g, poster.Options{Tile: 64, Quality: 85, Subsampling: poster.S420}) // as image/jpeg
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Write(context.Background(), &ours, nil); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(ours.Bytes)/float64(theirs.Bytes), "size-ratio")
}

// BenchmarkVipsJPEG is the same through libvips, from a file in its own format, which it maps into memory.
func BenchmarkVipsJPEG(b *testing.B) {
	program := testenv.Program(b, "vips")
	tiles := photos(b, 400, 64)
	m := mosaic(tiles, random(100, 100, len(tiles), 0), 64)
	file := filepath.Join(b.TempDir(), "m")
	vips := func(args ...string) {
		if out, err := exec.CommandContext(b.Context(), program, args...).CombinedOutput(); err != nil {
			b.Fatalf("vips %s: %v, %s", args[0], err, out)
		}
	}
	ppm := fmt.Appendf(nil, "P6\n%d %d\n255\n", m.Rect.Dx(), m.Rect.Dy())
	for i := 0; i < len(m.Pix); i += 4 {
		ppm = append(ppm, m.Pix[i:i+3]...)
	}
	if err := os.WriteFile(file+".ppm", ppm, 0o600); err != nil {
		b.Fatal(err)
	}
	vips("copy", file+".ppm", file+".v")
	b.SetBytes(int64(m.Rect.Dx() * m.Rect.Dy()))
	for b.Loop() {
		vips("jpegsave", file+".v", os.DevNull, "--Q", "85")
	}
}

package poster_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"smalti/pkg/poster"
)

// With SMALTI_TEST_PHOTOS, the benchmarks use its tiles.

// BenchmarkCode codes tiles: all that is done before the first byte is written.
func BenchmarkCode(b *testing.B) {
	for _, n := range []int{400, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tiles := photos(b, n, 64)
			g := random(100, 100, n, 8)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := poster.New(tiles, g, poster.Options{Tile: 64}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWrite writes posters of 41 megapixels, 1 and 4 gigapixels to nowhere. A megabyte stands
// for a megapixel, here and below.
func BenchmarkWrite(b *testing.B) {
	const tile = 64
	for _, side := range []int{100, 500, 1023} {
		b.Run(fmt.Sprintf("%dx%d", side, side), func(b *testing.B) {
			tiles := photos(b, 400, tile)
			p, err := poster.New(tiles, random(side, side, len(tiles), 8), poster.Options{Tile: tile})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(side * side * tile * tile))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Write(context.Background(), io.Discard, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWriteShaded writes 41 megapixels of which every cell has a shading.
func BenchmarkWriteShaded(b *testing.B) {
	const tile, side = 64, 100
	tiles := photos(b, 400, tile)
	g := random(side, side, len(tiles), 8)
	shadeAll(&g, 12)
	p, err := poster.New(tiles, g, poster.Options{Tile: tile})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("100x100", func(b *testing.B) {
		b.SetBytes(int64(side * side * tile * tile))
		b.ReportAllocs()
		for b.Loop() {
			if err := p.Write(context.Background(), io.Discard, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPreview(b *testing.B) {
	tiles := photos(b, 400, 96)
	for _, columns := range []int{100, 90} {
		b.Run(fmt.Sprint(columns), func(b *testing.B) {
			g := random(columns, columns, len(tiles), 8)
			for b.Loop() {
				if err := poster.Preview(context.Background(), io.Discard, tiles, g, 1600, 82); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAtlas(b *testing.B) {
	tiles := photos(b, 1000, 96)
	for b.Loop() {
		sheets, err := poster.Atlas(tiles)
		if err != nil {
			b.Fatal(err)
		}
		var out bytes.Buffer
		if err := sheets[0].Write(context.Background(), &out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPyramid(b *testing.B) {
	tiles := photos(b, 400, 64)
	g := random(100, 100, len(tiles), 8)
	b.SetBytes(100 * 100 * 64 * 64)
	for b.Loop() {
		if err := poster.WritePyramid(context.Background(), io.Discard, "a", tiles, g, poster.Options{Tile: 64}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

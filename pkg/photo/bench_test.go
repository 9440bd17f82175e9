package photo_test

import (
	"os"
	"testing"

	"smalti/pkg/photo"
)

func benchmarkTile(b *testing.B, width, height int) {
	data := asJPEG(b, noise(width, height))
	b.SetBytes(int64(width * height))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := photo.Tile(data, 64, photo.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTilesOfPhotos prepares the photos of SMALTI_TEST_PHOTOS, all of them each time.
func BenchmarkTilesOfPhotos(b *testing.B) {
	var all [][]byte
	for _, file := range photos(b, "tiles") {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, data)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range all {
			if _, err := photo.Tile(data, 96, photo.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkTileOf400x400(b *testing.B)   { benchmarkTile(b, 400, 400) }
func BenchmarkTileOf4000x3000(b *testing.B) { benchmarkTile(b, 4000, 3000) }
func BenchmarkTileOf600x400(b *testing.B)   { benchmarkTile(b, 600, 400) }

func BenchmarkSubject(b *testing.B) {
	img := noise(150, 100)
	b.ReportAllocs()
	for b.Loop() {
		photo.Crop(img)
	}
}

func BenchmarkSubjectOfTall(b *testing.B) {
	img := noise(100, 150)
	b.ReportAllocs()
	for b.Loop() {
		photo.Crop(img)
	}
}

func BenchmarkTileOf400x600(b *testing.B) { benchmarkTile(b, 400, 600) }

func BenchmarkCloser(b *testing.B) {
	img := noise(140, 140)
	b.ReportAllocs()
	for b.Loop() {
		photo.Closer(img)
	}
}

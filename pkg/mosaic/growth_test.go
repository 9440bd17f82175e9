package mosaic_test

import (
	"fmt"
	"image"
	"math/rand/v2"
	"syscall"
	"testing"

	"smalti/pkg/mosaic"
)

// cpuSeconds is what this process has used.
func cpuSeconds() float64 {
	var self syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	return float64(self.Utime.Nano()+self.Stime.Nano()) / 1e9
}

// benchmarkMatch measures the matching alone, and says what the cells cost on average.
func benchmarkMatch(b *testing.B, target *image.NRGBA, tiles []*image.NRGBA, o mosaic.Options) {
	p := mosaic.Prepare(target, tiles, o)
	b.ReportAllocs()
	cost, before := 0.0, cpuSeconds()
	for b.Loop() {
		cost = p.Match()
	}
	b.ReportMetric((cpuSeconds()-before)/float64(b.N), "cpu-s/op") // right on a busy machine, too
	b.ReportMetric(cost/float64(o.Columns*o.Rows), "cost/cell")
}

// A large distance takes hardly longer than a small one.
func BenchmarkDistance(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	target, tiles := scene(random, 400, 400), scenes(random, 1700, 16)
	for _, shape := range []string{"square", "brick", "detail"} {
		for _, distance := range []int{3, 10, 20, 40} {
			b.Run(fmt.Sprintf("%s/%d", shape, distance), func(b *testing.B) {
				benchmarkMatch(b, target, tiles, mosaic.Options{
					Columns: 50, Rows: 50, Shape: shapes[shape], Tint: 8, RepeatDistance: distance, Everyone: true,
				})
			})
		}
	}
}

// The largest wall: 300 x 300 cells, 5,000 photos.
func BenchmarkWall(b *testing.B) {
	for _, fair := range []float64{3, 0} {
		b.Run(fmt.Sprintf("fair=%v", fair), func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 1))
			target, tiles := scene(random, 1200, 1200), scenes(random, 5000, 16)
			o := mosaic.Options{Columns: 300, Rows: 300, Tint: 8, RepeatDistance: 3, Everyone: true, Fair: fair}
			benchmarkMatch(b, target, tiles, o)
		})
	}
}

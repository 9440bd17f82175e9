package mosaic_test

import (
	"math/rand/v2"
	"testing"

	"smalti/pkg/mosaic"
)

var size = mosaic.Options{Columns: 100, Rows: 100, Tint: 8, RepeatDistance: 3, Everyone: true}

func BenchmarkFeatures(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	target, tiles := scene(random, 1600, 1600), scenes(random, 767, 64)
	b.ReportAllocs()
	for b.Loop() {
		mosaic.Describe(target, tiles, size)
	}
}

func BenchmarkShortlist(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	bench := mosaic.NewBench(scene(random, 400, 400), scenes(random, 767, 16), size)
	b.ReportAllocs()
	for b.Loop() {
		bench.Shortlist()
	}
}

func BenchmarkAuction(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	o := size
	o.MaxUses = 20
	bench := mosaic.NewBench(scene(random, 400, 400), scenes(random, 767, 16), o)
	b.ReportAllocs()
	for b.Loop() {
		bench.Auction(o)
	}
}

func BenchmarkSearch(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	bench := mosaic.NewBench(scene(random, 400, 400), scenes(random, 767, 16), size)
	b.ReportAllocs()
	for b.Loop() {
		bench.Search()
	}
}

func BenchmarkMake(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	target, tiles := scene(random, 1600, 1600), scenes(random, 767, 64)
	b.ReportAllocs()
	for b.Loop() {
		makePlan(b, target, tiles, size)
	}
}

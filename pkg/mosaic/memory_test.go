package mosaic_test

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"

	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

// mostHeap is the most memory that is live while f runs, as frequent garbage collections find it.
func mostHeap(f func()) (most uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	var mu sync.Mutex
	running := true
	var look func(*[16]byte)
	look = func(*[16]byte) { // after each collection
		mu.Lock()
		defer mu.Unlock()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		most = max(most, live[0].Value.Uint64())
		if running {
			runtime.SetFinalizer(new([16]byte), look)
		}
	}
	runtime.SetFinalizer(new([16]byte), look)
	f()
	mu.Lock()
	defer mu.Unlock()
	running = false
	return most
}

// A photo with its closer views takes at most a fifth of the smallest tile's three bytes per pixel beside the tile itself.
func TestMemoryOfAPhoto(t *testing.T) {
	testenv.SkipSlow(t)
	testenv.SkipRace(t, "it takes memory of its own")
	random := rand.New(rand.NewPCG(23, 1))
	const few, many = 1000, 2000
	target, tiles := scene(random, 100, 100), scenes(random, many, 8)
	crops := quarters(tiles)
	need := func(n int) int64 {
		o := mosaic.Options{Columns: 45, Rows: 45, Tint: 16, RepeatDistance: 3, Everyone: true, Fair: 3, Crops: crops[:n]}
		return int64(mostHeap(func() { makePlan(t, target, tiles[:n], o) }))
	}
	each := (need(many) - need(few)) / (many - few)
	t.Logf("%d bytes for each photo", each)
	if most := int64(64 * 64 * 3 / 5); each > most {
		t.Errorf("%d bytes for each photo, want at most %d", each, most)
	}
}

package gather_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/cache"
	"smalti/pkg/download"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/photo"
	"smalti/pkg/redisconn/redistest"
)

// BenchmarkGather gets 500 friends' photos of 400 x 400 pixels as tiles of 96, from a server that is
// 20 ms away: without a cache, with what another worker has left in Redis, with what is in memory,
// and with versions that the server must be asked about.
func BenchmarkGather(b *testing.B) {
	const many, side, latency = 500, 96, 20 * time.Millisecond
	pictures := make([][]byte, 10)
	for i := range pictures {
		pictures[i] = asJPEG(b, smooth(400, i))
	}
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(latency)
		var n int
		fmt.Sscanf(r.URL.Path, "/%d.jpg", &n)
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n))
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent.Add(1)
		w.Write(pictures[n%len(pictures)])
	}))
	defer server.Close()
	list := make([]job.Friend, many)
	for i := range list {
		list[i].Photo = fmt.Sprintf("%s/%d.jpg", server.URL, i)
	}
	d := download.New(download.Config{AllowPrivate: true, Proxy: noProxy})
	defer d.Close()
	get := func(b *testing.B, g *gather.Gatherer) {
		for i, r := range g.Tiles(b.Context(), list, side, nil) {
			if r.Err != nil {
				b.Fatalf("%d: %v", i, r.Err)
			}
		}
	}
	cpu := func(b *testing.B, f func()) {
		start := processor()
		f()
		b.ReportMetric(float64((processor()-start).Milliseconds())/float64(b.N), "cpu-ms/op")
	}
	real := redistest.Start(b)
	open := func() *cache.Cache {
		return cache.New(redis.NewClient(&redis.Options{Addr: real.Addr, Password: real.Password, ContextTimeoutEnabled: true}), cache.Config{Patience: 5 * time.Second})
	}

	b.Run("cold", func(b *testing.B) {
		cpu(b, func() {
			for b.Loop() {
				get(b, &gather.Gatherer{Web: d.Fetch})
			}
		})
	})
	first := open()
	get(b, &gather.Gatherer{Web: d.Fetch, Cache: first})
	first.Close()
	if n := first.Stats().Dropped; n > 0 {
		b.Fatalf("%d tiles did not reach Redis", n)
	}
	before := sent.Load()
	b.Run("warm in Redis", func(b *testing.B) {
		cpu(b, func() {
			for b.Loop() {
				kept := open()
				get(b, &gather.Gatherer{Web: d.Fetch, Cache: kept})
				kept.Close()
			}
		})
	})
	b.Run("warm in memory", func(b *testing.B) {
		kept := open()
		defer kept.Close()
		cpu(b, func() {
			for b.Loop() {
				get(b, &gather.Gatherer{Web: d.Fetch, Cache: kept})
			}
		})
	})
	b.Run("asked again", func(b *testing.B) {
		kept := open()
		defer kept.Close()
		cpu(b, func() {
			for b.Loop() {
				get(b, &gather.Gatherer{Web: d.Fetch, Cache: kept, FreshFor: 1})
			}
		})
	})
	if n := sent.Load() - before; n > 0 {
		b.Errorf("%d photos were sent although they were kept", n)
	}
}

// BenchmarkKept codes a tile as it is kept, and decodes it.
func BenchmarkKept(b *testing.B) {
	tile, err := photo.Tile(asJPEG(b, smooth(400, 1)), 96, photo.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	coded := gather.Code(tile)
	b.Run("code", func(b *testing.B) {
		for b.Loop() {
			gather.Code(tile)
		}
		b.ReportMetric(float64(len(coded)), "bytes")
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if gather.Decode(coded, 96) == nil {
				b.Fatal("lost")
			}
		}
	})
}

// processor is how long this process has been at work.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

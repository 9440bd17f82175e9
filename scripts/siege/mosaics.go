//go:build linux

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/rig"
)

// greed is how many mosaics one client asks for, which is the most that it may in ten minutes.
const greed = 60

// listOf is a request for a mosaic of so many friends, whose photos have addresses of at least so many
// characters. first tells requests apart.
func listOf(photo func(int) string, first, friends, long int, options map[string]any) []byte {
	people := make([]rig.Friend, friends)
	for i := range people {
		people[i] = rig.Friend{ID: fmt.Sprint(i), Photo: padded(photo(first+i), long)}
	}
	options["everyone"] = false
	return rig.ListRequest("postcard", photo(0), people, options)
}

func padded(address string, long int) string {
	address += "?"
	return address + strings.Repeat("x", max(0, long-len(address)))
}

var mosaicsAttack = attack{
	name: "mosaics", about: "one client asks for 60 large mosaics at once, each called a postcard",
	run: func(f *field) {
		c := clientAt(attackerIP(0))
		for i := range greed {
			if f.ctx.Err() != nil {
				return
			}
			f.ask(c, f.base(i), listOf(f.photos.URL, 0, 100, 0, map[string]any{"columns": 160, "rows": 160, "tile": 16, "seed": i}))
		}
		<-f.ctx.Done()
	},
}

// redisMemory watches what the queue's Redis keeps.
type redisMemory struct {
	client       *redis.Client
	before, most int64
	accepted     int64 // bytes of packages
}

// look returns how much Redis keeps, in bytes, without the buffers of its clients and of its file.
func (m *redisMemory) look(ctx context.Context) (n int64) {
	text, _ := m.client.Info(ctx, "memory").Result()
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "used_memory_dataset:"); ok {
			n, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return n
}

var packagesAttack = attack{
	name: "packages", about: "one client has as many packages of almost 4 MB wait as it can", webs: 2,
	prepare: func(f *field) error {
		m := &redisMemory{client: redis.NewClient(&redis.Options{Addr: f.RedisAddr, Password: f.RedisPassword})}
		m.before = m.look(f.ctx)
		f.state = m
		return nil
	},
	run: func(f *field) {
		m := f.state.(*redisMemory)
		c := clientAt(attackerIP(0))
		for i := range greed {
			body := listOf(f.slow.URL, i*2000, 2000, 1990, map[string]any{"columns": 160, "rows": 160, "tile": 16})
			if f.ask(c, f.base(i), body) != "" {
				m.accepted += int64(len(body))
			}
			m.most = max(m.most, m.look(f.ctx))
			if f.ctx.Err() != nil {
				return
			}
		}
		for rig.Wait(f.ctx, 200*time.Millisecond) {
			m.most = max(m.most, m.look(f.ctx))
		}
	},
	judge: func(f *field, found *findings) {
		m := f.state.(*redisMemory)
		defer m.client.Close()
		// Honest people have jobs, too.
		const slack = 16e6
		grown := m.most - m.before
		found.promise(float64(grown) < 1.4*float64(m.accepted)+slack && grown < 200e6,
			"Redis grew by %s for packages of %s", size(grown), size(m.accepted))
		found.cost("%s on the disks", size(f.stored()))
	},
}

var thirdPartyAttack = attack{
	name: "thirdparty", about: "three requests that name 15,000 pictures of one host",
	run: func(f *field) {
		c := clientAt(attackerIP(0))
		for i := range 3 {
			f.ask(c, f.base(0), listOf(f.slow.URL, i*5000, 5000, 0, map[string]any{"columns": 100, "rows": 100, "tile": 16}))
		}
		<-f.ctx.Done()
	},
	judge: func(f *field, found *findings) {
		n := f.slow.Requests()
		found.promise(n <= perHost, "that host got %d requests for %s sent", n, size(f.sent.Load()))
	},
}

// perHost is how many requests a host may get in an hour (the default of -limit-host), and those that were
// on their way.
const perHost = 2_100

// keyStats are what came of requests with idempotency keys.
type keyStats struct{ rounds, twice, otherBody atomic.Int64 }

var keysAttack = attack{
	name: "keys", about: "the same idempotency key twice at the same time without a cookie, and with another body", webs: 2,
	prepare: func(f *field) error { f.state = &keyStats{}; return nil },
	run: func(f *field) {
		s := f.state.(*keyStats)
		for i := range 15 {
			if f.ctx.Err() != nil {
				return
			}
			s.rounds.Add(1)
			key := fmt.Sprintf("siege-idempotency-key-%d", i)
			header := []string{"Content-Type", "application/json", "Idempotency-Key", key}
			body := listOf(f.photos.URL, 0, 4, 0, map[string]any{"columns": 20, "rows": 2, "tile": 16})
			var ids [2]string
			var both sync.WaitGroup
			for k := range ids {
				both.Go(func() { ids[k] = f.ask(clientAt(attackerIP(0)), f.base(k), body, header...) })
			}
			both.Wait()
			if ids[0] != ids[1] && ids[0] != "" && ids[1] != "" {
				s.twice.Add(1)
			}
			other := listOf(f.photos.URL, 50, 5, 0, map[string]any{"columns": 20, "rows": 2, "tile": 16})
			if f.ask(clientAt(attackerIP(0)), f.base(i), other, header...) != "" {
				s.otherBody.Add(1)
			}
			rig.Wait(f.ctx, 300*time.Millisecond)
		}
	},
	judge: func(f *field, found *findings) {
		s := f.state.(*keyStats)
		found.promise(s.twice.Load() == 0, "%d of %d keys named two mosaics", s.twice.Load(), s.rounds.Load())
		found.promise(s.otherBody.Load() == 0, "%d of %d other bodies were accepted under a used key", s.otherBody.Load(), s.rounds.Load())
	},
}

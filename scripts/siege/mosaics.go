//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// greed is how many mosaics one client requests: the most that it may in ten minutes.
const greed = 60

// listRequest asks for a mosaic of friends whose photos have addresses of at least so many characters. The
// first photo's number tells requests apart.
func listRequest(photo func(int) string, first, friends, length int, options map[string]any) harness.Request {
	people := make([]harness.Friend, friends)
	for i := range people {
		address := photo(first+i) + "?"
		people[i] = harness.Friend{ID: fmt.Sprint(i), Photo: address + strings.Repeat("x", max(0, length-len(address)))}
	}
	options["everyone"] = false
	return harness.ListRequest("postcard", photo(0), people, options)
}

var mosaicsAttack = attack{
	name: "mosaics", about: "one client asks for 60 large mosaics at once, each called a postcard",
	prepare: func(t *target) (func(), func(*findings), error) {
		return func() {
			c := clientAt(attackerIP(0))
			for i := 0; i < greed && t.ctx.Err() == nil; i++ {
				t.request(c, i, listRequest(t.Photos.URL, 0, 100, 0, map[string]any{"columns": 160, "rows": 160, "tile": 16, "seed": i}))
			}
			<-t.ctx.Done()
		}, nil, nil
	},
}

var packagesAttack = attack{
	name: "packages", about: "one client has as many packages of almost 4 MB wait as it can", webs: 2,
	prepare: func(t *target) (func(), func(*findings), error) {
		client := t.RedisClient(t.Redis)
		// used is what Redis keeps, in bytes, without the buffers of its clients and its file.
		used := func() int64 {
			n, _ := strconv.ParseInt(client.InfoMap(t.ctx, "memory").Item("Memory", "used_memory_dataset"), 10, 64)
			return n
		}
		before := used()
		var most, accepted int64
		run := func() {
			c := clientAt(attackerIP(0))
			for i := 0; i < greed && t.ctx.Err() == nil; i++ {
				r := listRequest(t.thirdParty.URL, i*2000, 2000, 1990, map[string]any{"columns": 160, "rows": 160, "tile": 16})
				if t.request(c, i, r) != "" {
					accepted += int64(len(r.Body))
				}
				most = max(most, used())
			}
			for pause.For(t.ctx, 200*time.Millisecond) {
				most = max(most, used())
			}
		}
		return run, func(found *findings) {
			_ = client.Close()
			const honestJobs = 16e6 // bytes
			grown := most - before
			found.promise(float64(grown) < 1.4*float64(accepted)+honestJobs && grown < 200e6,
				"Redis grew by %s for packages of %s", size(grown), size(accepted))
			found.cost("%s on the disks", size(t.stored()))
		}, nil
	},
}

// perHost is how many requests a host may get in an hour (the default of -limit-host), and those that are in
// progress.
const perHost = 2_100

var thirdPartyAttack = attack{
	name: "thirdparty", about: "three requests that name 15,000 pictures of one host",
	prepare: func(t *target) (func(), func(*findings), error) {
		run := func() {
			c := clientAt(attackerIP(0))
			for i := range 3 {
				t.request(c, 0, listRequest(t.thirdParty.URL, i*5000, 5000, 0, map[string]any{"columns": 100, "rows": 100, "tile": 16}))
			}
			<-t.ctx.Done()
		}
		return run, func(found *findings) {
			n := t.thirdParty.Requests()
			found.promise(n <= perHost, "that host got %d requests for %s sent", n, size(t.sent.Load()))
		}, nil
	},
}

var keysAttack = attack{
	name: "keys", about: "the same idempotency key twice at the same time without a cookie, and with another body", webs: 2,
	prepare: func(t *target) (func(), func(*findings), error) {
		rounds, twice, otherBody := 0, 0, 0
		run := func() {
			for ; rounds < 15 && t.ctx.Err() == nil; pause.For(t.ctx, 300*time.Millisecond) {
				rounds++
				request := func(first, friends int) harness.Request {
					r := listRequest(t.Photos.URL, first, friends, 0, map[string]any{"columns": 20, "rows": 2, "tile": 16})
					r.Key = fmt.Sprintf("siege-idempotency-key-%d", rounds)
					return r
				}
				var ids [2]string
				var both sync.WaitGroup
				for k := range ids {
					both.Go(func() { ids[k] = t.request(clientAt(attackerIP(0)), k, request(0, 4)) })
				}
				both.Wait()
				if ids[0] != ids[1] && ids[0] != "" && ids[1] != "" {
					twice++
				}
				if t.request(clientAt(attackerIP(0)), rounds, request(50, 5)) != "" {
					otherBody++
				}
			}
		}
		return run, func(found *findings) {
			found.promise(twice == 0, "%d of %d keys named two mosaics", twice, rounds)
			found.promise(otherBody == 0, "%d of %d other bodies were accepted under a used key", otherBody, rounds)
		}, nil
	},
}

package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/testenv"
)

// startNext starts a program that reads and writes packages of the next version alone.
func startNext(t *testing.T, name string, args ...string) *program {
	t.Helper()
	flags := fmt.Sprintf("-X smalti/pkg/job.version=%d -X smalti/pkg/job.oldest=%[1]d", job.Version+1)
	return startProgram(t, build(t, name, flags), nil, args...)
}

// Web servers and workers of two versions share a queue and a store, as during a roll-out: each mosaic is
// made by a worker of its own version, at its first attempt; without one, it waits where it is seen.
func TestTwoVersionsSideBySide(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr, "-admin", "127.0.0.1:0")
	both := []string{
		"-redis", "redis://" + p.redis.Addr, "-redis-password-file", p.redisSecret,
		"-store", "ftp://smalti@" + p.ftp + "/", "-store-password-file", p.storePassword,
	}
	nextBase := announced(t, startNext(t, "web", append([]string{"-listen", "127.0.0.1:0", "-data", t.TempDir()}, both...)...))

	// A newer worker alone meets an old package.
	nextWorker := startNext(t, "worker", both...)
	old := accept(t, p.base, small)
	said(t, nextWorker, "no live worker reads its version", old)
	if _, v, _ := do(t, "GET", p.base+"/api/v1/mosaics/"+old, "", nil); v["state"] != "queued" {
		t.Errorf("meanwhile, the old package is %v", v)
	}
	metric(t, p.web, "smalti_queue_unread_jobs 1")
	metric(t, p.web, `smalti_queue_waiting_jobs{list="interactive"} 1`)
	own := accept(t, nextBase, small)
	p.done(own, 1)
	worker := p.helper()
	p.done(old, 1)
	metric(t, p.web, "smalti_queue_unread_jobs 0")

	// An old worker alone meets a newer package.
	nextWorker.kill()
	late := accept(t, nextBase, small)
	said(t, worker, "job left", late)
	p.done(accept(t, p.base, small), 1)
	nextWorker = startNext(t, "worker", both...)
	p.done(late, 1)

	// Both at once.
	ids := map[string]*program{}
	for range 10 {
		ids[accept(t, p.base, small)] = worker
		ids[accept(t, nextBase, small)] = nextWorker
	}
	for id, by := range ids {
		p.done(id, 1)
		if expectDone(t, nextBase, id, soon); count(by, "job started", id) != 1 {
			t.Errorf("%s was not made by the worker of its version", id)
		}
		for _, w := range []*program{worker, nextWorker} {
			if n := count(w, "job left", id); n > 1 || n == 1 && w == by {
				t.Errorf("%s was left %d times", id, n)
			}
		}
	}
}

// A web server that was replaced by one of another version has packages in its journal that it cannot
// read. What Redis forgot comes back nevertheless.
func TestJournalOfAnotherVersion(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	id := accept(t, p.base, small)
	p.web.kill()
	if err := p.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	next := startNext(t, "web", "-listen", "127.0.0.1:0", "-data", p.data,
		"-redis", "redis://"+p.redis.Addr, "-redis-password-file", p.redisSecret, "-store-listen", p.ftp, "-store-password-file", p.storePassword)
	p.base = announced(t, next)
	if _, v, _ := do(t, "GET", p.base+"/api/v1/mosaics/"+id, "", nil); v["state"] != "queued" {
		t.Errorf("the new web server says %v", v)
	}
	p.helper()
	expectDone(t, p.base, id, soon)
	var end job.Status
	if err := json.Unmarshal([]byte(p.outcome(id)), &end); err != nil || end.Created.IsZero() || end.Owner == "" {
		t.Errorf("it ended as %+v, %v", end, err)
	}
}

// A former release reads packages of version 1 alone. While one of its workers lives, front ends write
// what it can read; what they wrote before it came is written again for it. So neither a roll-out nor
// the way back loses or delays a mosaic.
func TestFormerWorkersAndNewFrontEnds(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	path := build(t, "worker", "-X smalti/pkg/job.version=1")
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	former := func() *program {
		return startProgram(t, path, nil, "-redis", "redis://"+p.redis.Addr, "-redis-password-file", p.redisSecret,
			"-store", "ftp://smalti@"+p.ftp+"/", "-store-password-file", p.storePassword)
	}
	stranded := accept(t, p.base, small) // of version 2: no worker lives yet
	worker := former()
	p.done(stranded, 1)
	testenv.WaitFor(t, "the front end to write what the former worker reads", func() bool {
		plain := accept(t, p.base, small)
		p.done(plain, 1)
		return count(worker, "job left", plain) == 0
	})
	// Both at once: either can make all of them.
	p.helper()
	for range 6 {
		p.done(accept(t, p.base, small), 1)
	}
}

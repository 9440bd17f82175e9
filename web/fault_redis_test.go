package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/testenv"
)

// Whatever becomes of Redis while mosaics are asked for and made, a 202 is kept.
func TestRedisFails(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	for _, tc := range []struct {
		name string
		fail func(t *testing.T, p *plant)
		mend func(t *testing.T, p *plant)
	}{
		{"killed and restarted", func(t *testing.T, p *plant) { p.redis.Kill() }, func(t *testing.T, p *plant) {
			if err := p.redis.Restart(); err != nil {
				t.Fatal(err)
			}
		}},
		{"out of memory", func(t *testing.T, p *plant) { p.set("maxmemory", "1") }, func(t *testing.T, p *plant) {
			p.set("maxmemory", "0")
		}},
		{"flushed", func(t *testing.T, p *plant) { p.client.FlushAll(t.Context()) }, func(*testing.T, *plant) {}},
		{"frozen", func(t *testing.T, p *plant) { p.redis.Freeze() }, func(t *testing.T, p *plant) { p.redis.Thaw() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPlant(t)
			p.startWeb(p.redis.Addr)
			hold, asked := make(chan struct{}), make(chan struct{}, 100)
			host := photoHost(t, func(string) { asked <- struct{}{}; <-hold })
			p.helper()
			running := accept(t, p.base, from(host, quick))
			<-asked
			waiting := accept(t, p.base, small)

			tc.fail(t, p)
			during := accept(t, p.base, small) // on the disk, if nowhere else
			tc.mend(t, p)
			close(hold)
			for _, id := range []string{running, waiting, during} {
				expectDone(t, p.base, id, soon)
			}
			if dead := p.client.HLen(t.Context(), "{smalti}:dead").Val(); dead != 0 {
				t.Errorf("%d on the dead list", dead)
			}
		})
	}
}

// Redis is away for longer than the lease: nobody could renew, so nobody loses what he renders.
func TestRedisAwayForLongerThanTheLease(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	hold, asked := make(chan struct{}), make(chan struct{}, 100)
	host := photoHost(t, func(string) { asked <- struct{}{}; <-hold })
	release := sync.OnceFunc(func() { close(hold) })
	t.Cleanup(release)
	proxy := faultproxy.Start(t, p.redis.Addr)
	worker := p.startWorker(proxy.Addr, p.ftp, "-lease", "6s")
	id := accept(t, p.base, from(host, quick))
	<-asked
	lastSweep := func() int64 {
		ms, _ := p.client.HGet(context.Background(), "{smalti}:clock", "redis").Int64()
		return ms
	}
	testenv.WaitFor(t, "the first sweep", func() bool { return lastSweep() > 0 })
	proxy.Refuse(true) // the sweep of the front end comes before any renewal
	p.redis.Kill()
	time.Sleep(8 * time.Second) // the outage, longer than a lease
	if err := p.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	testenv.WaitFor(t, "a sweep", func() bool { return lastSweep() > back.UnixMilli() })
	proxy.Refuse(false)
	release()
	p.done(id, 1)
	if worker.kill(); count(worker, "job lost", id) != 0 {
		t.Errorf("the job was taken from its worker:\n%s", worker.out)
	}
}

func (p *plant) set(name, value string) {
	p.t.Helper()
	if err := p.client.ConfigSet(p.t.Context(), name, value).Err(); err != nil {
		p.t.Fatal(err)
	}
}

// The disk of Redis is full: nothing is acknowledged there, so it waits in the journal.
func TestRedisDiskFull(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	disk := smallDisk(t)
	p := newPlant(t, "dir "+disk, "appendfsync everysec") // with always, it would end itself
	p.startWeb(p.redis.Addr)
	before := accept(t, p.base, small)
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	testenv.WaitFor(t, "Redis to refuse writes", func() bool {
		err := p.client.Set(context.Background(), "filler", strings.Repeat("x", 8<<10), 0).Err()
		return err != nil && strings.Contains(err.Error(), "MISCONF")
	})
	during := accept(t, p.base, small)
	p.helper()
	if v := ask1(t, p.base, during); v["state"] != "queued" {
		t.Errorf("what was accepted while the disk is full: %v", v)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{before, during} {
		p.done(id, 1)
	}
}

// ask1 asks for a mosaic once.
func ask1(t *testing.T, base, id string) map[string]any {
	t.Helper()
	_, v, _ := do(t, "GET", base+"/api/v1/mosaics/"+id, "", nil)
	return v
}

// fill leaves no room on a disk.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// smallDisk is a file system of a megabyte; only root can make one.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		if errors.Is(err, syscall.EPERM) {
			t.Skip("only root can make a file system that is full soon")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
	return dir
}

// The network between a worker and Redis is cut without a word for longer than its lease: another one
// makes the mosaic, and the first changes nothing when it is back.
func TestWorkerCutOffWithoutAWord(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	proxy := faultproxy.Start(t, p.redis.Addr)
	hold, asked := make(chan struct{}), make(chan struct{}, 100)
	host := photoHost(t, func(string) { asked <- struct{}{}; <-hold })
	first := p.startWorker(proxy.Addr, p.ftp)
	id := accept(t, p.base, from(host, quick))
	<-asked
	proxy.Stall()
	second := p.helper()
	testenv.WaitFor(t, "the second attempt", func() bool { return count(second, "job started", id) == 1 })
	close(hold)
	p.done(id, 2)
	proxy.Resume()
	next := accept(t, p.base, small)
	second.kill()
	expectDone(t, p.base, next, soon)
	testenv.WaitFor(t, "the first worker to notice", func() bool {
		return count(first, "job lost", id)+count(first, "job done", id) > 0
	})
	if n := count(first, "job done", next); n > 1 {
		t.Errorf("made %d times", n)
	}
}

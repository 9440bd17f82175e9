package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/testenv"
)

const (
	quick = `{"columns":12,"rows":12,"tile":16}`
	// slow takes long enough to be matched that its lease is renewed meanwhile.
	slow = `{"columns":100,"rows":100,"tile":8}`
)

// A worker is killed at each boundary of a job, and another one makes the mosaic.
func TestWorkerKilled(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	for _, tc := range []struct {
		name     string
		options  string
		when     func(redis, ftp *faultproxy.Proxy, v *victim)
		attempts int
		delivers int // 1 if the second worker uploads anything
	}{
		{"between pop and claim", quick, func(redis, _ *faultproxy.Proxy, v *victim) {
			redis.On(faultproxy.Server, `{"seq"`, v.die)
		}, 1, 1},
		{"before it hears that it claimed", quick, func(redis, _ *faultproxy.Proxy, v *victim) {
			redis.On(faultproxy.Server, "claimed", v.die)
		}, 2, 1},
		{"while matching", slow, func(redis, _ *faultproxy.Proxy, v *victim) {
			redis.On(faultproxy.Client, "matching", v.die)
		}, 2, 1},
		{"before its first byte is uploaded", quick, func(_, ftp *faultproxy.Proxy, v *victim) {
			ftp.On(faultproxy.Client, "STOR", v.die)
		}, 2, 1},
		{"in the middle of an upload", quick, func(_, ftp *faultproxy.Proxy, v *victim) {
			ftp.After(faultproxy.Data, 2000, func() bool { v.strike(syscall.SIGKILL); return true })
		}, 2, 1},
		{"before the rename", quick, func(_, ftp *faultproxy.Proxy, v *victim) {
			ftp.On(faultproxy.Client, "RNTO", v.die)
		}, 2, 1},
		{"after the rename, before the completion key", quick, func(redis, _ *faultproxy.Proxy, v *victim) {
			redis.On(faultproxy.Client, `"state":"done"`, v.die)
		}, 2, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPlant(t)
			p.startWeb(p.redis.Addr)
			v := p.startBehindProxies(tc.when)
			id := accept(t, p.base, strings.Replace(small, quick, tc.options, 1))
			v.wait(t)
			ftp, stored := faultproxy.StartFTP(t, p.ftp), 0
			ftp.On(faultproxy.Client, "STOR", func() bool { stored++; return true })
			helper := p.startWorker(p.redis.Addr, ftp.Addr)
			p.done(id, tc.attempts)
			if stored != tc.delivers {
				t.Errorf("files were uploaded %d times by the second worker, want %d", stored, tc.delivers)
			}
			helper.kill() // and all that it said is here
			if n := count(helper, "job done", id); n != 1 {
				t.Errorf("finished %d times by the second worker:\n%s", n, helper.out)
			}
		})
	}
}

func TestWorkerKilledWhileItDownloads(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	v := p.startBehindProxies(func(_, _ *faultproxy.Proxy, _ *victim) {})
	first := make(chan struct{}, 1)
	first <- struct{}{}
	host := photoHost(t, func(string) {
		select {
		case <-first:
			v.strike(syscall.SIGKILL)
		default:
		}
	})
	id := accept(t, p.base, from(host, quick))
	v.wait(t)
	p.helper()
	p.done(id, 2)
}

// A worker that freezes is not dead: when it goes on, somebody else has made its mosaic, and it must
// change nothing.
func TestWorkerFrozenPastItsLease(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	for name, when := range map[string]func(redis, ftp *faultproxy.Proxy, freeze func() bool){
		"between pop and claim":      func(redis, _ *faultproxy.Proxy, freeze func() bool) { redis.On(faultproxy.Server, `{"seq"`, freeze) },
		"in the middle of an upload": func(_, ftp *faultproxy.Proxy, freeze func() bool) { ftp.After(faultproxy.Data, 2000, freeze) },
		"before the rename":          func(_, ftp *faultproxy.Proxy, freeze func() bool) { ftp.On(faultproxy.Server, "350", freeze) },
		"before the completion key":  func(_, ftp *faultproxy.Proxy, freeze func() bool) { ftp.On(faultproxy.Server, "Renamed.", freeze) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlant(t)
			p.startWeb(p.redis.Addr)
			v := p.startBehindProxies(func(redis, ftp *faultproxy.Proxy, v *victim) {
				when(redis, ftp, func() bool { v.strike(syscall.SIGSTOP); return true })
			})
			id := accept(t, p.base, small)
			v.wait(t)
			if n := p.client.Exists(t.Context(), "{smalti}:done:"+id).Val(); n != 0 {
				t.Fatal("it froze when all was over")
			}
			helper := p.helper()
			expectDone(t, p.base, id, soon)
			_, before, _ := get(t, p.base+"/files/"+id+"/manifest.json")
			outcome := p.outcome(id)
			helper.kill() // whatever comes now, the thawed one has to do
			if n := count(helper, "job done", id); n != 1 {
				t.Errorf("finished %d times by the second worker:\n%s", n, helper.out)
			}

			syscall.Kill(v.PID(), syscall.SIGCONT)
			next := accept(t, p.base, small)
			expectDone(t, p.base, next, soon)
			p.outcome(next) // it takes one job after the other: the first is over, too
			v.kill()        // and all that it said is here
			if _, after, _ := get(t, p.base+"/files/"+id+"/manifest.json"); string(after) != string(before) || len(before) == 0 {
				t.Errorf("the mosaic was changed by the worker that had been frozen:\n%s\n%s", before, after)
			}
			if now := p.client.Get(t.Context(), "{smalti}:done:"+id).Val(); now != outcome {
				t.Errorf("the completion key was changed:\n%s\n%s", outcome, now)
			}
			if n := count(v.program, "job done", id); n > 1 {
				t.Errorf("finished %d times by the worker that had been frozen:\n%s", n, v.out)
			}
			if count(v.program, "job done", next) != 1 {
				t.Errorf("the thawed worker does not work:\n%s", v.out)
			}
		})
	}
}

// With a name that lasts, a restarted worker does not wait for its own lease.
func TestRestartedWorkerTakesUpItsJobAtOnce(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	start := func(redisAddr string) *program {
		return p.startWorker(redisAddr, p.ftp, "-name", "smalti-worker@3", "-lease", "1m")
	}
	proxy := faultproxy.Start(t, p.redis.Addr)
	killed := make(chan time.Time, 1)
	var first *program
	started := make(chan struct{})
	proxy.On(faultproxy.Client, "photos", func() bool {
		<-started
		first.Signal(syscall.SIGKILL)
		killed <- time.Now()
		return false
	})
	first = start(proxy.Addr)
	close(started)
	hold := make(chan struct{})
	host := photoHost(t, func(string) { <-hold })
	t.Cleanup(func() { close(hold) })
	id := accept(t, p.base, from(host, quick))
	var at time.Time
	select {
	case at = <-killed:
	case <-time.After(soon):
		t.Fatal("the worker did not get to the photos")
	}
	first.Wait()
	second := start(p.redis.Addr)
	testenv.WaitFor(t, "the second attempt", func() bool { return count(second, "job started", id) == 1 })
	took := time.Since(at)
	t.Logf("running again after %v", took)
	if took > 30*time.Second {
		t.Error("it waited for its lease to run out")
	}

	// A second one of that name, while it lives, is a mistake that no restart mends.
	third := start(p.redis.Addr)
	if code := third.Wait(); code != 78 || !strings.Contains(third.out.String(), "smalti-worker@3") {
		t.Errorf("a second worker of the same name ends with %d:\n%s", code, third.out)
	}
	if count(second, "job lost", id) != 0 {
		t.Errorf("the living one lost its job:\n%s", second.out)
	}
}

package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/testenv"
)

// A mosaic that kills every worker that takes it is given up after so many of them, with its reason,
// and holds up nobody else.
func TestPoison(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	var mu sync.Mutex
	workers := map[string]*program{}
	start := func() {
		w := p.helper()
		testenv.WaitFor(t, "a worker to be ready", func() bool { return strings.Contains(w.out.String(), "worker ready") })
		mu.Lock()
		defer mu.Unlock()
		workers[workerName(w)] = w
	}
	// Asking for its photos is what kills: the host looks up whose job it is.
	var poison string
	host := photoHost(t, func(string) {
		mu.Lock()
		defer mu.Unlock()
		owner := p.client.HGet(context.Background(), "{smalti}:job:"+poison, "owner").Val()
		if w := workers[owner]; w != nil {
			delete(workers, owner)
			syscall.Kill(w.PID(), syscall.SIGKILL)
		}
	})
	mu.Lock()
	poison = accept(t, p.base, from(host, quick))
	mu.Unlock()
	key := "{smalti}:job:" + poison
	due := func(when float64) {
		if err := p.client.ZAddXX(t.Context(), "{smalti}:open", redis.Z{Score: when, Member: poison}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	start()
	for attempt := 1; attempt <= 4; attempt++ {
		testenv.WaitFor(t, "the worker to die", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(workers) == 0
		})
		start()
		if attempt == 1 {
			continue // one crash is bad luck: the next attempt follows at once
		}
		testenv.WaitFor(t, "the crash to be noticed", func() bool { return p.client.HGet(context.Background(), key, "state").Val() != "running" })
		due(1e15) // from here on the delay grows up to a minute; this test decides when it is over
		expectDone(t, p.base, accept(t, p.base, small), soon)
		due(1)
	}
	v := poll(t, p.base, poison, soon)
	if v["state"] != "failed" || v["attempt"] != 4.0 {
		t.Errorf("the poison: %v", v)
	}
	dead := p.client.HGet(t.Context(), "{smalti}:dead", poison).Val()
	if !strings.Contains(dead, "too_many_try") || !strings.Contains(dead, "fell silent in attempt 4") {
		t.Errorf("on the dead list: %q", dead)
	}
}

// What no worker has the memory for is refused while somebody is there to be told.
func TestMosaicTooLargeForEveryWorker(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	w := p.helper("-memory", "256")
	testenv.WaitFor(t, "the worker to be ready", func() bool { return strings.Contains(w.out.String(), "worker ready") })
	large := strings.Replace(small, `"columns":12,"rows":12`, `"columns":340,"rows":340`, 1)
	if code, v, _ := ask(t, p.base, large); code != http.StatusUnprocessableEntity || !strings.Contains(v["detail"].(string), "too large for our machines") {
		t.Errorf("POST: %d %v", code, v)
	}
	p.done(accept(t, p.base, small), 1)

	// It can still come in when there are no workers to ask.
	w.Signal(syscall.SIGTERM)
	w.Wait()
	id := accept(t, p.base, large)
	p.helper("-memory", "256")
	if v := poll(t, p.base, id, soon); v["state"] != "failed" || !strings.Contains(v["failure"].(map[string]any)["message"].(string), "too large for our machines") {
		t.Errorf("poll: %v", v)
	}
}

// A process with workers of its own keeps to its memory as a worker does.
func TestMosaicTooLargeForTheSingleProcess(t *testing.T) {
	t.Parallel()
	_, base := startWeb(t, "-data", t.TempDir(), "-memory", "256")
	large := strings.Replace(small, `"columns":12,"rows":12`, `"columns":340,"rows":340`, 1)
	// It is refused when its worker has said how much there is, and fails before that.
	testenv.WaitFor(t, "a refusal", func() bool {
		code, v, _ := ask(t, base, large)
		if code == http.StatusAccepted {
			v = poll(t, base, v["id"].(string), soon)
			return v["state"] == "failed" && strings.Contains(v["failure"].(map[string]any)["message"].(string), "too large for our machines")
		}
		return code == http.StatusUnprocessableEntity && strings.Contains(v["detail"].(string), "too large for our machines")
	})
	expectDone(t, base, accept(t, base, small), soon)
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smalti/pkg/config"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

func readiness(t *testing.T, base string) (int, string) {
	t.Helper()
	code, v, _ := do(t, "GET", base+"/readyz", "", nil)
	state, _ := v["store"].(string)
	return code, state
}

// Two web servers share a Redis, and each has a store of its own: half of all files would be missing. The
// second one is not ready, and says why; when the first store was replaced on purpose, an operator says so.
func TestTwoStoresOfOneRedis(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	server := redistest.Start(t)
	secret := writeSecret(t, server.Password)
	redisFlags := []string{"-redis", server.URL(), "-redis-password-file", secret}
	own := func(data string, more ...string) []string {
		return append(append([]string{"-data", data, "-store-listen", "127.0.0.1:0", "-store-password-file", writeSecret(t, storePassword)}, redisFlags...), more...)
	}
	first := startSystem(t, own(t.TempDir())...)
	if code, state := readiness(t, first); code != http.StatusOK || state != "ok" {
		t.Fatalf("the first: %d %s", code, state)
	}
	data := t.TempDir()
	second := startSystem(t, own(data)...)
	if code, state := readiness(t, second); code != http.StatusServiceUnavailable || state != "another" {
		t.Errorf("the second: %d %s", code, state)
	}
	if code, _ := readiness(t, first); code != http.StatusOK {
		t.Errorf("the first, then: %d", code)
	}

	// Strictly, it does not even begin.
	c, err := readSettings(append([]string{"-listen", "127.0.0.1:0", "-strict"}, own(t.TempDir())...), noEnvironment, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	sys, err := start(t.Context(), c, slog.New(slog.DiscardHandler))
	if wrong, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(wrong.Error(), "uses the store") {
		t.Errorf("strictly: %v, %v", sys, err)
	}

	// Whoever replaced the first store says so, and the second belongs here.
	var list strings.Builder
	if code := commands.Run(t.Context(), append([]string{"store"}, redisFlags...), noEnvironment, &list, t.Output()); code != 0 || strings.Count(list.String(), "\n") != 1 {
		t.Fatalf("web store: %d, %q", code, list.String())
	}
	id, _, _ := strings.Cut(list.String(), " ")
	kept, err := os.ReadFile(filepath.Join(data, "store", "identity", "store.json"))
	if err != nil || strings.Contains(string(kept), id) {
		t.Fatalf("the second's identity: %s, %v; the first's %s", kept, err, id)
	}
	if code := commands.Run(t.Context(), append(append([]string{"store", "forget"}, redisFlags...), "nonsense"), noEnvironment, &list, t.Output()); code == 0 {
		t.Error("forgetting a store that is not there")
	}
	forgetAndTake := func() bool { // the first one lives still, and may be faster
		commands.Run(t.Context(), append(append([]string{"store", "forget"}, redisFlags...), id), noEnvironment, &list, t.Output())
		code, _ := readiness(t, second)
		return code == http.StatusOK
	}
	testenv.WaitFor(t, "the second to belong here", forgetAndTake)
}

// A pair of stores belongs together, and a web server that has only one of them yet is no stranger.
func TestAPairIsOneStore(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	server := redistest.Start(t)
	shared := []string{"-redis", server.URL(), "-redis-password-file", writeSecret(t, server.Password), "-store-password-file", writeSecret(t, storePassword)}
	var urls []string
	for range 3 {
		urls = append(urls, "ftp://smalti@"+startStore(t, t.TempDir()).Addr().String()+"/")
	}
	for _, tc := range []struct {
		stores []string
		want   int
	}{
		{urls[:1], http.StatusOK},
		{urls[:2], http.StatusOK},                   // the other one joins
		{[]string{urls[1]}, http.StatusOK},          // and belongs here from then on
		{[]string{urls[1], urls[0]}, http.StatusOK}, // in any order
		{[]string{urls[2]}, http.StatusServiceUnavailable},
	} {
		flags := shared
		for _, u := range tc.stores {
			flags = append([]string{"-store", u}, flags...)
		}
		if code, state := readiness(t, startSystem(t, flags...)); code != tc.want {
			t.Errorf("%q: %d %s, want %d", tc.stores, code, state, tc.want)
		}
	}
}

// A worker that was given another store takes no job: nobody would find what it delivers there.
func TestAWorkerWithAnotherStore(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	server := redistest.Start(t)
	shared := []string{"-redis", server.URL(), "-redis-password-file", writeSecret(t, server.Password), "-store-password-file", writeSecret(t, storePassword)}
	store := func() []string {
		return append([]string{"-store", "ftp://smalti@" + startStore(t, t.TempDir()).Addr().String() + "/"}, shared...)
	}
	right, wrong := store(), store()
	base := startSystem(t, append([]string{"-data", t.TempDir()}, right...)...)
	if code, _ := readiness(t, base); code != http.StatusOK {
		t.Fatalf("the web server: %d", code)
	}
	lost := startWorker(t, wrong...)
	id := accept(t, base, small)
	testenv.WaitFor(t, "the worker to say what is wrong", func() bool {
		return strings.Contains(lost.out.String(), "store_other")
	})
	startWorker(t, right...)
	expectDone(t, base, id, soon)
	if strings.Contains(lost.out.String(), id) {
		t.Error("the worker with another store took the job")
	}

	strict := startWorker(t, append([]string{"-strict"}, wrong...)...)
	testenv.WaitFor(t, "the strict worker to end", func() bool {
		return strings.Contains(strict.out.String(), "uses the store")
	})
}

// The single process has one Redis and one store, and each start brings them together anew.
func TestTheSingleProcessKnowsItsStore(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		sys := startIn(t, ctx, data)
		if code, state := readiness(t, sys.url()); code != http.StatusOK {
			t.Errorf("%d %s", code, state)
		}
		stop()
		if err := sys.wait(); err != nil {
			t.Fatal(err)
		}
	}
}

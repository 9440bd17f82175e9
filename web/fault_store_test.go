package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"smalti/pkg/testenv"
)

// The store's directory goes away under a web server and its worker, and comes back: what was accepted
// waits at no cost, whoever looks is told, and everything goes on by itself.
func TestStoreDirectoryIsAwayForAWhile(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr, "-admin", "127.0.0.1:0")
	worker := p.helper("-admin", "127.0.0.1:0")
	p.done(accept(t, p.base, small), 1)
	at, aside := filepath.Join(p.data, "store"), filepath.Join(p.data, "aside")
	if err := os.Rename(at, aside); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(at, 0o750); err != nil { // as if its disk were not mounted
		t.Fatal(err)
	}
	if code, body, _ := get(t, p.base+"/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("readyz: %d %s", code, body)
	}
	id := accept(t, p.base, small)
	metric(t, worker, `smalti_outage{kind="store_away"} 1`)
	metric(t, p.web, `smalti_outage{kind="store_away"} 1`)
	if left, err := os.ReadDir(at); err != nil || len(left) > 0 {
		t.Errorf("a new store was begun: %v, %v", left, err)
	}
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(aside, at); err != nil {
		t.Fatal(err)
	}
	p.done(id, 1)
	metric(t, p.web, `smalti_outage{kind="store_away"} 0`)
	if code, body, _ := get(t, p.base+"/readyz"); code != http.StatusOK {
		t.Errorf("readyz: %d %s", code, body)
	}
}

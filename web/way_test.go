package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"smalti/pkg/testenv"
)

// With the mosaic's id, all that both daemons say of it is found: from the click to the moment when
// somebody sees it. Nobody is named in it, and no photo.
func TestAMosaicIsSeenAllTheWay(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr, "-log", "json", "-allow-private")
	worker := p.helper("-log", "json")
	host := photoHost(t, func(string) {})
	personal := strings.NewReplacer(".png", ".png?token=a-key-to-it", "Friend", "Anna Example")
	body := personal.Replace(from(host, quick))
	id := accept(t, p.base, body)
	p.done(id, 1)

	// One that fails says why, and names nobody either.
	nothing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nothing.Close)
	gone := accept(t, p.base, strings.ReplaceAll(body, host, nothing.URL))
	if v := poll(t, p.base, gone, soon); v["state"] != "failed" {
		t.Errorf("without photos: %v", v)
	}

	want := []string{"accepted", "queued", "job started", "first look", "job done", "job delivered", "first seen"}
	var trail []entry
	testenv.WaitFor(t, "the last of its lines", func() bool {
		trail = trailOf(t, id, p.web, worker)
		return len(trail) >= len(want)
	})
	said := map[string]entry{}
	for _, l := range trail {
		if _, again := said[l.Msg]; again {
			t.Errorf("%q is said twice", l.Msg)
		}
		said[l.Msg] = l
	}
	if got := slices.Sorted(maps.Keys(said)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("the lines of a mosaic are %q, want %q", got, want)
	}
	// What follows from one another is in order; the rest may cross on its way.
	for _, next := range [][2]string{{"accepted", "job started"}, {"job started", "first look"}, {"first look", "job done"}, {"job done", "job delivered"}, {"accepted", "first seen"}} {
		if said[next[1]].Time < said[next[0]].Time {
			t.Errorf("%q at %s, but %q at %s", next[0], said[next[0]].Time, next[1], said[next[1]].Time)
		}
	}
	if trail := trailOf(t, gone, p.web, worker); !slices.ContainsFunc(trail, func(l entry) bool { return l.Msg == "job failed" && l.Code == "no_photos" }) {
		t.Errorf("it does not say why it failed: %+v", trail)
	}
	for name, text := range map[string]string{"web": p.web.out.String(), "worker": worker.out.String()} {
		for _, secret := range []string{"a-key-to-it", ".png", "Anna", "Example"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s says %q in its log:\n%s", name, secret, text)
			}
		}
	}
	if code, _, _ := get(t, p.base+"/m/"+id); code != http.StatusOK {
		t.Errorf("its page: %d", code)
	}
}

type entry struct{ Time, Level, Msg, Job, Code string }

// trailOf are the lines that programs wrote about a mosaic. One that has its id anywhere has it under the
// name by which it is looked for.
func trailOf(t *testing.T, id string, programs ...*program) (trail []entry) {
	t.Helper()
	for _, p := range programs {
		for text := range strings.Lines(p.out.String()) {
			if !strings.Contains(text, id) || !strings.HasSuffix(text, "\n") {
				continue
			}
			var l entry
			if err := json.Unmarshal([]byte(text), &l); err != nil || l.Job != id {
				t.Errorf("this line of %s is not found by its id: %v\n%s", id, err, text)
			}
			trail = append(trail, l)
		}
	}
	return trail
}

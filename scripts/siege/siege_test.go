//go:build linux

package main

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/testenv"
)

// besieged runs short attacks on the real thing.
func besieged(t *testing.T, args ...string) []report {
	t.Helper()
	testenv.SkipSlow(t)
	testenv.Program(t, "redis-server")
	var c settings
	if err := c.parse(append(args, "-dir", t.TempDir()), t.Output()); err != nil {
		t.Fatal(err)
	}
	reports, err := c.siege(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	writeTable(t.Output(), reports)
	return reports
}

// What does not depend on how busy the machine is holds in a short siege, too.
func TestAShortSiege(t *testing.T) {
	for _, r := range besieged(t, "-for", "6s", "-connections", "100", "-attack", "errors", "-attack", "zips", "-attack", "keys") {
		for _, b := range r.broken() {
			if b != "p95" && b != "postcard" {
				t.Errorf("%s: broken: %s", r.attack, b)
			}
		}
		if r.honest.requests < 20 {
			t.Errorf("%s: only %d honest requests", r.attack, r.honest.requests)
		}
	}
}

func TestEachPromiseCanBeBroken(t *testing.T) {
	t.Parallel()
	kept := report{peak: 100e6, honest: result{requests: 100, p95: 100 * time.Millisecond}, postcard: 3}
	if b := kept.broken(); len(b) > 0 {
		t.Errorf("kept, and called broken: %v", b)
	}
	for want, change := range map[string]func(*report){
		"memory":                 func(r *report) { r.peak = 150e6 },
		"honest requests failed": func(r *report) { r.honest.failed = 1 },
		"p95":                    func(r *report) { r.honest.p95 = 500 * time.Millisecond },
		"postcard":               func(r *report) { r.postcard = 4 },
		"its own":                func(r *report) { r.findings.promise(false, "its own") },
	} {
		r := kept
		change(&r)
		if got := r.broken(); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: broken: %q", want, got)
		}
		var b bytes.Buffer
		writeTable(&b, []report{r})
		if !strings.Contains(b.String(), "BROKEN: "+want) {
			t.Errorf("%s is not in the table:\n%s", want, b.String())
		}
	}
}

func TestPlaceOfAPostcard(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	s := &jobStarts{}
	if s.place("postcard", at(0)) != 0 {
		t.Error("it has a place although nobody attacks")
	}
	for i, id := range []string{"one", "two", "three", "waiting"} {
		s.attackers(id)
		if id != "waiting" {
			s.started("", id, at(10+i))
		}
	}
	s.started("", "two", at(100)) // a second attempt
	for _, c := range []struct{ accepted, began, want int }{
		{5, 6, 1}, {5, 11, 2}, {5, 20, 4}, {11, 20, 2}, {20, 30, 1}, {5, 0, 4},
	} {
		delete(s.at, "postcard")
		if c.began > 0 {
			s.started("", "postcard", at(c.began))
		}
		if got := s.place("postcard", at(c.accepted)); got != c.want {
			t.Errorf("accepted at %d, begun at %d: place %d, want %d", c.accepted, c.began, got, c.want)
		}
	}
}

// The attack's zip file is one that Go's own reader unpacks.
func TestOverlappingEntriesCanBeRead(t *testing.T) {
	t.Parallel()
	data := noise()
	file := overlapping(data, 3)
	if len(file) > len(data)+1000 {
		t.Errorf("it has %d bytes", len(file))
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(z.File) != 3 {
		t.Fatalf("%v", err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", f.Name, len(got), err)
		}
	}
}

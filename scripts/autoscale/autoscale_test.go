package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	d := decider{least: 1, most: 6, hosts: 1, jobs: 1, patience: 5 * time.Minute}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	have := 1
	var seen []int
	for minute, wanted := range []int{1, 4, 9, 2, 2, 2, 5, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 6, 0, 0, 0, 0, 0, 0} {
		have = d.decide(now.Add(time.Duration(minute)*time.Minute), have, wanted)
		seen = append(seen, have)
	}
	// Up at once, to the most at most; a lull stops nobody; then one every five minutes.
	want := []int{1, 4, 6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 5}
	if !slices.Equal(seen, want) {
		t.Errorf("clones %v, want %v", seen, want)
	}
}

func TestHostsShareTheDemand(t *testing.T) {
	for wanted, want := range map[int]int{0: 1, 1: 1, 3: 1, 4: 2, 6: 2, 7: 3, 100: 8} {
		d := decider{least: 1, most: 8, hosts: 3, jobs: 1}
		if got := d.decide(time.Now(), 1, wanted); got != want {
			t.Errorf("%d wanted by all of three hosts: %d here, want %d", wanted, got, want)
		}
	}
}

func TestClonesThatWorkOnSeveralJobs(t *testing.T) {
	for wanted, want := range map[int]int{0: 1, 4: 1, 8: 1, 9: 2, 17: 3} {
		d := decider{least: 1, most: 8, hosts: 2, jobs: 4}
		if got := d.decide(time.Now(), 1, wanted); got != want {
			t.Errorf("%d wanted, and two hosts whose clones do 4 jobs at once: %d here, want %d", wanted, got, want)
		}
	}
}

// fake notes what it was told to do.
type fake struct {
	have int
	told []string
}

func (f *fake) count(context.Context) (int, error) { return f.have, nil }
func (f *fake) scale(_ context.Context, have, next int) error {
	f.told = append(f.told, fmt.Sprintf("%d to %d", have, next))
	f.have = next
	return nil
}

func TestStep(t *testing.T) {
	answer := "smalti_queue_up 1\nsmalti_workers_wanted 3\n"
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, answer)
	}))
	defer web.Close()
	log := slog.New(slog.DiscardHandler)
	f, d := &fake{have: 1}, &decider{least: 1, most: 8, hosts: 1, jobs: 1}
	for range 2 {
		if err := step(t.Context(), d, f, web.URL, "sesame", log); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(f.told, []string{"1 to 3"}) {
		t.Errorf("told the clones %q", f.told)
	}
	// Who is not told how many are wanted changes nothing.
	if err := step(t.Context(), d, f, web.URL, "wrong", log); err == nil {
		t.Error("no complaint about a wrong token")
	}
	answer = "smalti_queue_up 0\n"
	if err := step(t.Context(), d, f, web.URL, "sesame", log); err == nil {
		t.Error("no complaint about a web server that knows nothing")
	}
	if len(f.told) != 1 {
		t.Errorf("told the clones %q", f.told)
	}
}

func TestCompose(t *testing.T) {
	for _, program := range []string{"docker-compose", "docker"} { // the latter with a plugin
		dir := t.TempDir()
		script := `#!/bin/sh
case "$*" in
*"ps -q worker") echo one; echo two ;;
*) echo "$*" >>"$0.log" ;;
esac
`
		if err := os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", dir)
		if n, err := newCompose().count(t.Context()); n != 2 || err != nil {
			t.Errorf("%s: %d clones, %v; want 2", program, n, err)
		}
		if err := newCompose().scale(t.Context(), 2, 5); err != nil {
			t.Error(err)
		}
		log, err := os.ReadFile(filepath.Join(dir, program+".log"))
		if !strings.HasSuffix(string(log), "up -d --no-deps --no-recreate --scale worker=5 worker\n") || err != nil {
			t.Errorf("%s was told %q, %v", program, log, err)
		}
	}
}

// TestSystemd runs a systemctl that knows some units, and writes down what it is told.
func TestSystemd(t *testing.T) {
	dir := t.TempDir()
	script := `#!/bin/sh
case "$*" in
"is-active smalti-worker@1.service") echo active ;;
"is-active smalti-worker@2.service") echo activating; exit 3 ;;
"is-active smalti-worker@3.service") echo active ;;
"is-active "*) echo deactivating; exit 3 ;;
*) echo "$*" >>"$0.log" ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", dir+":"+path)
	if n, err := (systemd{}).count(t.Context()); n != 3 || err != nil {
		t.Errorf("%d clones, %v; want 3", n, err)
	}
	for _, next := range []int{5, 2} {
		if err := (systemd{}).scale(t.Context(), 3, next); err != nil {
			t.Error(err)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, "systemctl.log"))
	want := "start --no-block --no-ask-password smalti-worker@4.service smalti-worker@5.service\n" +
		"stop --no-block --no-ask-password smalti-worker@3.service\n"
	if string(log) != want || err != nil {
		t.Errorf("systemctl was told\n%s%v, want\n%s", log, err, want)
	}
	t.Setenv("PATH", t.TempDir())
	if n, err := (systemd{}).count(t.Context()); err == nil {
		t.Errorf("%d clones where there is no systemctl", n)
	}
}

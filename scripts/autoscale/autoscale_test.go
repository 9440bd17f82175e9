package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	d := decider{least: 1, most: 6, patience: 5 * time.Minute}
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
	f, d := &fake{have: 1}, &decider{least: 1, most: 8}
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

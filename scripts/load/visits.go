//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

const (
	visitConnections = 16
	visitRequests    = 1500 // of each kind, in each round
	visitFriends     = 300
)

// checkVisits measures what visitors of the start page and of a finished mosaic cost the web server, and the
// baseline in turn. Nothing comes from browsers' caches.
func checkVisits(ctx context.Context, c *settings, out io.Writer) ([]promise, error) {
	s, err := c.start(1, 0)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	id, err := s.finish(ctx)
	if err != nil {
		return nil, err
	}
	baseline, err := startBaseline()
	if err != nil {
		return nil, err
	}
	defer baseline.Retire()
	same := func(connections int, path string) []string { return slices.Repeat([]string{path}, connections) }
	web := func(what, path string) *cost {
		return newCost(what, s.CPU, s.addr(), same(visitConnections, path), visitRequests, (*poller).visit)
	}
	all := costs{
		baselineCost(baseline), web("start page", "/"), web("page of a mosaic", "/m/"+id), web("plan", "/files/"+id+"/plan.json"),
		web("preview", "/files/"+id+"/preview.jpg"), web("atlas", "/files/"+id+"/atlas-0.jpg"),
		newCost("poll", s.CPU, s.addr(), same(pollConnections, harness.MosaicPath(id)), pollRequests, (*poller).visit),
	}
	if err := all.measure(out); err != nil {
		return nil, err
	}
	of := func(what string) float64 { return all.web(what) / 1000 }
	visit := of("page of a mosaic") + of("plan") + of("preview") + of("atlas")
	poll := all.relative("poll")
	return []promise{
		{"CPU of the web server for a visit to a finished mosaic", "at most 3 ms", fmt.Sprintf("%.2f ms", visit), visit <= 3},
		{"CPU of the web server for the start page", "at most 0.4 ms", fmt.Sprintf("%.3f ms", of("start page")), of("start page") <= 0.4},
		{"polls of a finished mosaic for each CPU second, relative to a minimal net/http handler", "at least 0.60", fmt.Sprintf("%.2f", poll), poll >= 0.6},
	}, nil
}

// finish has a mosaic made in which one friend is missing, and returns its id.
func (s *system) finish(ctx context.Context) (id string, err error) {
	friends := make([]harness.Friend, visitFriends)
	for i := range friends {
		friends[i] = harness.Friend{ID: fmt.Sprint(i), Name: fmt.Sprint("Friend ", i), Photo: s.Photos.URL(i)}
	}
	friends[0].Photo = s.Photos.UnreadableURL(0)
	client := s.client(patience)
	defer client.HTTP.CloseIdleConnections()
	id, _, err = client.Post(ctx, harness.ListRequest("poster", s.Photos.URL(0), friends, nil))
	for err == nil {
		m, _, pollErr := client.Poll(ctx, id, "")
		switch {
		case pollErr != nil:
			return id, pollErr
		case m != nil && m.State == "done":
			return id, nil
		case m != nil && m.Final():
			return id, errors.New("the mosaic was not made")
		case !pause.For(ctx, 100*time.Millisecond):
			return id, ctx.Err()
		}
	}
	return id, err
}

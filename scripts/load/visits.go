//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

const (
	visitConnections = 16
	visitRounds      = 10
	visitRequests    = 1500 // of each kind, in each round; of polls, ten times as many over eight times the connections
	visitFriends     = 300
)

// cost is what requests of one kind cost a server.
type cost struct {
	what, path string
	server     func() (time.Duration, error) // CPU time used so far
	requests   int                           // in a round
	all        pollers
	each       []float64 // milliseconds of CPU for a request, by round
}

// measure requests for a round.
func (c *cost) measure() error {
	before, err := c.server()
	if err != nil {
		return err
	}
	if err := c.all.request(c.requests); err != nil {
		return fmt.Errorf("%s: %w", c.what, err)
	}
	after, err := c.server()
	c.each = append(c.each, float64((after-before).Microseconds())/1000/float64(c.requests))
	return err
}

// request requests the pollers' paths so many times together, as browsers that have seen nothing yet.
func (all pollers) request(times int) error {
	return all.together(func(i int, p *poller) error {
		for range (times + i) / len(all) {
			code, err := p.get(p.paths[p.next%len(p.paths)], "")
			if p.next++; err == nil && code != http.StatusOK {
				err = fmt.Errorf("%d %.200s", code, p.body)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

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
	web := func() (time.Duration, error) { u, err := s.CPU(); return u.Web, err }
	kinds := []*cost{
		{what: "baseline", path: "/", server: baseline.CPU, requests: 10 * visitRequests},
		{what: "start page", path: "/", server: web},
		{what: "page of a mosaic", path: "/m/" + id, server: web},
		{what: "plan", path: "/files/" + id + "/plan.json", server: web},
		{what: "preview", path: "/files/" + id + "/preview.jpg", server: web},
		{what: "atlas", path: "/files/" + id + "/atlas-0.jpg", server: web},
		{what: "poll", path: harness.MosaicPath(id), server: web, requests: 10 * visitRequests},
	}
	for _, k := range kinds {
		addr, connections := s.addr(), visitConnections
		if k.what == "baseline" {
			addr = baseline.Addr
		}
		if k.requests > 0 {
			connections = pollConnections
		} else {
			k.requests = visitRequests
		}
		paths := make([]string, connections)
		for i := range paths {
			paths[i] = k.path
		}
		k.all = newPollers(connections, addr, paths)
	}
	for range visitRounds + 1 { // connections are opened, and caches filled, in the first one
		for _, k := range kinds {
			if err := k.measure(); err != nil {
				return nil, err
			}
		}
	}
	of := map[string]float64{}
	for _, k := range kinds {
		of[k.what] = median(k.each[1:])
		fmt.Fprintf(out, "%s: %.3f ms of CPU, median of %d times %d requests\n", k.what, of[k.what], visitRounds, k.requests)
	}
	visit := of["page of a mosaic"] + of["plan"] + of["preview"] + of["atlas"]
	poll := of["baseline"] / of["poll"]
	return []promise{
		{"CPU of the web server for a visit to a finished mosaic", "at most 3 ms", fmt.Sprintf("%.2f ms", visit), visit <= 3},
		{"CPU of the web server for the start page", "at most 0.4 ms", fmt.Sprintf("%.3f ms", of["start page"]), of["start page"] <= 0.4},
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

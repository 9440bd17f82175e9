//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"smalti/pkg/pause"
)

// poller polls a list of mosaics over one connection.
type poller struct {
	pollConn
	paths []string
	etags []string // last seen, by path
	next  int
}

type pollers []*poller

// newPollers shares the mosaics among n pollers.
func newPollers(n int, addr string, paths []string) pollers {
	all := make(pollers, n)
	for i := range all {
		all[i] = &poller{pollConn: pollConn{addr: addr}}
	}
	for i, path := range paths {
		p := all[i%n]
		p.paths, p.etags = append(p.paths, path), append(p.etags, "")
	}
	return all
}

// poll polls the next mosaic.
func (p *poller) poll() error {
	i := p.next % len(p.paths)
	p.next++
	code, err := p.get(p.paths[i], p.etags[i])
	if err == nil && code != http.StatusOK && code != http.StatusNotModified {
		err = fmt.Errorf("poll: %d %s", code, p.body)
	}
	p.etags[i] = p.etag
	return err
}

// visit requests the next path as a browser that has seen nothing yet.
func (p *poller) visit() error {
	code, err := p.get(p.paths[p.next%len(p.paths)], "")
	if p.next++; err == nil && code != http.StatusOK {
		err = fmt.Errorf("%d %.200s", code, p.body)
	}
	return err
}

// together runs one function for each poller and joins the errors.
func (all pollers) together(f func(i int, p *poller) error) error {
	errs := make([]error, len(all))
	var group sync.WaitGroup
	for i, p := range all {
		group.Go(func() { errs[i] = f(i, p) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// request has each of them make its share of so many requests.
func (all pollers) request(times int, one func(*poller) error) error {
	return all.together(func(i int, p *poller) error {
		for range (times + i) / len(all) {
			if err := one(p); err != nil {
				return err
			}
		}
		return nil
	})
}

// steadily polls at a rate a second, all together, and returns how long each answer took, sorted. A poll
// that is late because of the answer before it counts from when it was due.
func (all pollers) steadily(ctx context.Context, rate float64, d time.Duration) (took []time.Duration, err error) {
	each := make([][]time.Duration, len(all))
	gap := time.Duration(float64(len(all)) / rate * float64(time.Second))
	start := time.Now()
	err = all.together(func(i int, p *poller) (err error) {
		due := start.Add(gap * time.Duration(i) / time.Duration(len(all)))
		for ; due.Sub(start) < d && err == nil; due = due.Add(gap) {
			asked := due
			if early := time.Until(due); early > 0 {
				if !pause.For(ctx, early) {
					return ctx.Err()
				}
				asked = time.Now() // the server is not to blame if this program wakes up late
			}
			err = p.poll()
			each[i] = append(each[i], time.Since(asked))
		}
		return err
	})
	took = slices.Concat(each...)
	slices.Sort(took)
	return took, err
}

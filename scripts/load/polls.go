//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

// queue asks for so many mosaics that no worker takes while there are others, and returns the paths
// at which they are polled.
func (l *plant) queue(ctx context.Context, mosaics int) (paths []string, err error) {
	body := fmt.Sprintf(`{"source":"list","size":"wall","target":%q,"friends":[{"id":"1","photo":%q},{"id":"2","photo":%q}],"everyone":false}`,
		l.photos.URL(0), l.photos.URL(1), l.photos.URL(2))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	defer client.CloseIdleConnections()
	paths = make([]string, mosaics)
	errs := make([]error, 32)
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range errs {
		all.Go(func() {
			for i := next.Add(1) - 1; int(i) < mosaics && errs[w] == nil; i = next.Add(1) - 1 {
				var a rig.Answer
				code, data, _, err := rig.Do(ctx, client, "POST", l.base()+"/api/v1/mosaics", []byte(body), "Content-Type", "application/json")
				if err == nil && (code != http.StatusAccepted || json.Unmarshal(data, &a) != nil) {
					err = fmt.Errorf("POST was answered with %d %s", code, data)
				}
				errs[w], paths[i] = err, "/api/v1/mosaics/"+a.ID
			}
		})
	}
	all.Wait()
	return paths, errors.Join(errs...)
}

// addr is where the web server listens.
func (l *plant) addr() string { return strings.TrimPrefix(l.base(), "http://") }

// asker polls a list of mosaics over one connection, and knows what it has seen of each.
type asker struct {
	wire
	paths []string
	tags  []string
	at    int
}

// askers share the mosaics among themselves.
func askers(n int, addr string, paths []string) []*asker {
	all := make([]*asker, n)
	for i := range all {
		a := &asker{wire: wire{addr: addr}}
		for k := i; k < len(paths); k += n {
			a.paths = append(a.paths, paths[k])
		}
		a.tags = make([]string, len(a.paths))
		all[i] = a
	}
	return all
}

// poll asks for the next one.
func (a *asker) poll() error {
	i := a.at % len(a.paths)
	a.at++
	code, err := a.get(a.paths[i], a.tags[i])
	if err == nil && code != http.StatusOK && code != http.StatusNotModified {
		err = fmt.Errorf("a poll was answered with %d %s", code, a.body)
	}
	a.tags[i] = a.tag
	return err
}

// flood has all of them poll as fast as they are answered for a while, and returns the answers a
// second.
func flood(all []*asker, d time.Duration) (rate float64, err error) {
	errs, counts := make([]error, len(all)), make([]int, len(all))
	var group sync.WaitGroup
	began := time.Now()
	end := began.Add(d)
	for i, a := range all {
		group.Go(func() {
			for errs[i] == nil && time.Now().Before(end) {
				errs[i] = a.poll()
				counts[i]++
			}
		})
	}
	group.Wait()
	n := 0
	for _, c := range counts {
		n += c
	}
	return float64(n) / time.Since(began).Seconds(), errors.Join(errs...)
}

// steadily has them poll so often a second all together, and returns how long each answer took,
// sorted. Whoever is late because of the answer before counts from when it was due.
func steadily(ctx context.Context, all []*asker, rate float64, d time.Duration) (took []time.Duration, err error) {
	errs, each := make([]error, len(all)), make([][]time.Duration, len(all))
	gap := time.Duration(float64(len(all)) / rate * float64(time.Second))
	var group sync.WaitGroup
	start := time.Now()
	for i, a := range all {
		group.Go(func() {
			due := start.Add(gap * time.Duration(i) / time.Duration(len(all)))
			for ; due.Sub(start) < d && errs[i] == nil; due = due.Add(gap) {
				asked := due
				if early := time.Until(due); early > 0 {
					if !rig.Wait(ctx, early) {
						return
					}
					asked = time.Now() // that this program woke up late is not the server's fault
				}
				errs[i] = a.poll()
				each[i] = append(each[i], time.Since(asked))
			}
		})
	}
	group.Wait()
	took = slices.Concat(each...)
	slices.Sort(took)
	return took, errors.Join(errs...)
}

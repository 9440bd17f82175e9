//go:build linux

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"smalti/pkg/rig"
)

// oracle judges. It knows which requests were answered with 202, and what a browser was shown since;
// it never looks into Redis, a log or a directory.
//
// A mosaic is lost when it was accepted and
//   - a browser was told that it does not exist (404 or 410),
//   - it failed without a sentence that says why,
//   - it was done, and one of its files was missing, or its bytes were not those of the file's SHA-256
//     (the ETag, which is the manifest's), or
//   - it had not ended when the soak was over, long after the last fault.
//
// A mosaic is shown twice when a browser was shown two different ends of it:
//   - done or failed, and afterwards any other state,
//   - another attempt or time of finishing than before, from the same source: the queue's answer names
//     an attempt, that of the store's manifest (which web servers give while Redis is away) does not,
//   - another result, or another SHA-256 of a file.
//
// Two requests with different idempotency keys that were given one id count as both.
type oracle struct {
	mu      sync.Mutex
	mosaics map[string]*mosaic
	ids     []string // in the order of acceptance

	done, failed int
}

type mosaic struct {
	key     string            // idempotency key
	state   string            // the first final state
	result  string            // as JSON
	version map[bool]string   // attempt and time of finishing, by whether it is the queue's answer
	sums    map[string]string // SHA-256 by file
	failure string
	lost    string // what was seen, or ""
	twice   string // likewise
}

func newOracle() *oracle { return &oracle{mosaics: map[string]*mosaic{}} }

// accepted notes a 202.
func (o *oracle) accepted(id, key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m := o.mosaics[id]; m != nil {
		if m.key != key {
			m.lost, m.twice = "another request has its id", "another request has its id"
		}
		return
	}
	o.mosaics[id] = &mosaic{key: key, version: map[bool]string{}}
	o.ids = append(o.ids, id)
}

// gone notes that a browser was told that there is no such mosaic.
func (o *oracle) gone(id string, code int) { o.lose(id, fmt.Sprintf("a browser got %d", code)) }

func (o *oracle) lose(id, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mosaics[id]
	m.lost = cmp.Or(m.lost, why)
}

// look notes an answer to a poll.
func (o *oracle) look(id string, a *rig.Answer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mosaics[id]
	if a.ID != id {
		m.lost = cmp.Or(m.lost, "a browser was shown "+a.ID)
		return
	}
	if m.state == "" {
		if !a.Final() {
			return
		}
		m.state, m.result = a.State, string(a.Result)
		if a.State == "done" {
			o.done++
		} else {
			o.failed++
		}
		switch {
		case a.State == "failed" && (a.Failure == nil || a.Failure.Code == "" || a.Failure.Message == ""):
			m.lost = cmp.Or(m.lost, "it failed without a reason")
		case a.State == "failed":
			m.failure = a.Failure.Code
		}
	}
	version := fmt.Sprintf("attempt %d, finished %s", a.Attempt, a.Finished)
	byQueue := a.Attempt > 0
	m.version[byQueue] = cmp.Or(m.version[byQueue], version)
	switch {
	case a.State != m.state:
		m.twice = cmp.Or(m.twice, m.state+", and afterwards "+a.State)
	case string(a.Result) != m.result:
		m.twice = cmp.Or(m.twice, "result "+m.result+", and afterwards "+string(a.Result))
	case m.version[byQueue] != version:
		m.twice = cmp.Or(m.twice, m.version[byQueue]+", and afterwards "+version)
	}
}

// file notes the SHA-256 of a file that a browser was given whole.
func (o *oracle) file(id, name, sum, promised string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mosaics[id]
	if sum != promised {
		m.lost = cmp.Or(m.lost, fmt.Sprintf("%s has the SHA-256 %s instead of %s", name, sum, promised))
		return
	}
	if m.sums == nil {
		m.sums = map[string]string{}
	}
	if before := m.sums[name]; before != "" && before != sum {
		m.twice = cmp.Or(m.twice, fmt.Sprintf("%s with the SHA-256 %s, and afterwards %s", name, before, sum))
	}
	m.sums[name] = sum
}

// sums are the SHA-256 of a mosaic's files, as far as they have been seen.
func (o *oracle) sums(id string) map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.mosaics[id].sums)
}

// count returns how many mosaics were accepted, and how many have ended.
func (o *oracle) count() (accepted, ended int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.ids), o.done + o.failed
}

// at returns the i-th accepted mosaic, if it has ended.
func (o *oracle) at(i int) (id string, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	id = o.ids[i]
	return id, o.mosaics[id].state != ""
}

// verdict is what the oracle says in the end.
type verdict struct {
	accepted, done, failed, lost, twice int

	reasons  map[string]int    // failures by code
	findings map[string]string // what is wrong, by id
}

func (o *oracle) judge() verdict {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := verdict{accepted: len(o.ids), reasons: map[string]int{}, findings: map[string]string{}}
	for _, id := range o.ids {
		m := o.mosaics[id]
		lost := m.lost
		if m.state == "" {
			lost = cmp.Or(lost, "it never ended")
		}
		if m.twice != "" {
			v.twice++
			v.findings[id] = "shown twice: " + m.twice
		}
		switch {
		case lost != "":
			v.lost++
			v.findings[id] = "lost: " + lost
		case m.state == "done":
			v.done++
		default:
			v.failed++
			v.reasons[m.failure]++
		}
	}
	return v
}

// tell lists what is wrong, in a fixed order.
func (v verdict) tell() (lines []string) {
	for _, code := range slices.Sorted(maps.Keys(v.reasons)) {
		lines = append(lines, fmt.Sprintf("failed with %s: %d", code, v.reasons[code]))
	}
	for _, id := range slices.Sorted(maps.Keys(v.findings)) {
		lines = append(lines, id+": "+v.findings[id])
	}
	return lines
}

//go:build linux

package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/rig"
)

// oracle judges. It knows which requests were answered with 202, and what a browser was shown since;
// it never looks into Redis, a log or a directory.
//
// A mosaic is lost when it was accepted and
//   - a browser was told that it does not exist (404 or 410),
//   - it failed without a sentence that says why, or because its photos had gone,
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
// Two requests with different idempotency keys that were given one id count as both, and one key that was
// given two ids as shown twice.
//
// People are missing from a mosaic that is done when they were asked for, by name, and plan.json
//   - does not show them, although their photo can be read,
//   - neither shows them nor names them as missing, where it cannot, or
//   - was never seen at all.
//
// A mosaic has returned when it was deleted, and a browser that asked after the deletion had been
// confirmed was shown its state, its page or one of its files. What its browser sees until then is not
// judged.
type oracle struct {
	mu      sync.Mutex
	mosaics map[string]*mosaic
	ids     []string // in the order of acceptance

	done, failed int
	deletions    int // of mosaics that had not ended
}

type mosaic struct {
	key     string // idempotency key
	people  *roster
	state   string            // the first final state
	result  string            // as JSON
	version map[bool]string   // attempt and time of finishing, by whether it is the queue's answer
	sums    map[string]string // SHA-256 by file
	failure string
	lost    string // what was seen, or ""
	twice   string // likewise

	deleting time.Time // when somebody first asked for its deletion
	deleted  time.Time // when that had been confirmed
	returned string    // what was seen afterwards
}

func newOracle() *oracle { return &oracle{mosaics: map[string]*mosaic{}} }

// accepted notes a 202 to an order.
func (o *oracle) accepted(id string, from *order) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m := o.mosaics[id]; m != nil {
		if m.key != from.key {
			m.lost, m.twice = "another request has its id", "another request has its id"
		}
		return
	}
	o.mosaics[id] = &mosaic{key: from.key, people: newRoster(from), version: map[bool]string{}}
	o.ids = append(o.ids, id)
}

// repeated notes a 202 to an order for which there was one already.
func (o *oracle) repeated(id, again string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m := o.mosaics[id]; id != again {
		m.twice = cmp.Or(m.twice, "the same request was given "+again)
	}
}

// gone notes that a browser was told that there is no such mosaic.
func (o *oracle) gone(id string, code int) { o.lose(id, fmt.Sprintf("a browser got %d", code)) }

func (o *oracle) lose(id, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m := o.mosaics[id]; m.deleting.IsZero() {
		m.lost = cmp.Or(m.lost, why)
	}
}

// deleting notes that a mosaic's browser is about to ask for its deletion.
func (o *oracle) deleting(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mosaics[id].deleting = time.Now()
}

// deleted notes that the deletion was confirmed.
func (o *oracle) deleted(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mosaics[id]
	m.deleted = time.Now()
	if m.state == "" {
		o.deletions++
	}
}

// refused notes that a mosaic cannot be deleted by whoever asked for it.
func (o *oracle) refused(id string, code int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mosaics[id]
	m.lost = cmp.Or(m.lost, fmt.Sprintf("its deletion was answered with %d", code))
}

// private reports whether what is seen of a mosaic is not judged as long as it exists; it notes what
// was seen of one that should not exist any more by somebody who asked at a time.
func (m *mosaic) private(asked time.Time, what string) bool {
	if !m.deleted.IsZero() && asked.After(m.deleted) {
		m.returned = cmp.Or(m.returned, what)
	}
	return !m.deleting.IsZero()
}

// page notes that a browser that asked at a time was shown a mosaic's page.
func (o *oracle) page(id string, asked time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mosaics[id].private(asked, "its page was shown")
}

// look notes an answer to a poll that was sent at a time.
func (o *oracle) look(id string, a *rig.Answer, asked time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mosaics[id]
	if m.private(asked, "its state was "+a.State) {
		return
	}
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
		case a.State == "failed" && a.Failure.Code == string(job.NoUploads):
			m.lost = cmp.Or(m.lost, "its photos are gone")
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

// unchanged notes that a browser that asked at a time was told that it has a file already.
func (o *oracle) unchanged(id, name string, asked time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mosaics[id].private(asked, name+" was there")
}

// file notes a file that a browser that asked at a time was given whole, and the SHA-256 that it should
// have.
func (o *oracle) file(id, name string, body []byte, promised string, asked time.Time) {
	hash := sha256.Sum256(body)
	sum := hex.EncodeToString(hash[:])
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mosaics[id]
	if m.private(asked, name+" was there") {
		return
	}
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
	if name == planFile {
		m.lost = cmp.Or(m.lost, m.people.count(body))
	}
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
	return len(o.ids), o.done + o.failed + o.deletions
}

// fate is what became of a mosaic so far.
type fate int

const (
	open    fate = iota
	ended        // done or failed
	deleted      // which was confirmed
	unsure       // somebody is deleting it
)

// at returns the i-th accepted mosaic, and whether everybody in it has been counted.
func (o *oracle) at(i int) (id string, f fate, counted bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	id = o.ids[i]
	m := o.mosaics[id]
	switch {
	case !m.deleted.IsZero():
		f = deleted
	case !m.deleting.IsZero():
		f = unsure
	case m.state != "":
		f = ended
	}
	return id, f, m.people.counted
}

// verdict is what the oracle says in the end.
type verdict struct {
	accepted, done, failed, deleted, lost, twice int

	people, missing int // of the mosaics that are done
	returned        int // deleted mosaics

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
		switch {
		case !m.deleting.IsZero() && m.deleted.IsZero():
			lost = cmp.Or(lost, "its deletion was never confirmed")
		case m.state == "" && m.deleted.IsZero():
			lost = cmp.Or(lost, "it never ended")
		}
		if m.returned != "" {
			v.returned++
			v.findings[id] = "returned: " + m.returned
		}
		if m.state == "done" && m.deleting.IsZero() {
			v.people += m.people.size()
			if missing := m.people.missing(); len(missing) > 0 {
				v.missing += len(missing)
				v.findings[id] = "missing: " + strings.Join(missing, ", ")
			}
		}
		if m.twice != "" {
			v.twice++
			v.findings[id] = "shown twice: " + m.twice
		}
		switch {
		case lost != "":
			v.lost++
			v.findings[id] = "lost: " + lost
		case !m.deleted.IsZero():
			v.deleted++
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

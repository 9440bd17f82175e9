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

	"smalti/pkg/harness"
	"smalti/pkg/job"
)

// oracle judges. It knows which requests were answered with 202 and what browsers were shown since. It
// never looks into Redis, a log or a directory. It is safe for concurrent use.
//
// A mosaic is lost when it was accepted and
//   - a browser was told that it does not exist (404 or 410),
//   - it failed without a reason, or because its photos were gone,
//   - it was done, but a file was missing, or its bytes did not have the file's SHA-256 (its ETag, which
//     comes from the manifest), or
//   - it had not ended when the soak was over, long after the last fault.
//
// A mosaic is shown twice when browsers were shown two different ends of it:
//   - done or failed, and later another state,
//   - another attempt or time of finishing than before from the same source: the queue's answer names an
//     attempt; that of the store's manifest, which web servers give while Redis is away, does not,
//   - another result, or another SHA-256 of a file.
//
// Two requests with different idempotency keys but one id count as lost and shown twice; one key with two
// ids counts as shown twice.
//
// People are missing from a finished mosaic when they were requested by name and plan.json
//   - does not show them although their photo can be decoded,
//   - neither shows them nor lists them as missing if it cannot, or
//   - was never seen.
//
// A mosaic has returned when a browser that asked after the confirmation of its deletion was shown its
// state, its page or a file. What browsers see between request and confirmation is not judged.
type oracle struct {
	mu      sync.Mutex
	mosaics map[string]*mosaic
	ids     []string // in the order of acceptance

	done, failed int
	deletions    int // of mosaics that had not ended
}

type mosaic struct {
	key     string // idempotency key
	people  *people
	state   string            // the first final state
	result  string            // as JSON
	version map[bool]string   // attempt and time of finishing; the key is whether the queue answered
	sums    map[string]string // SHA-256 by file
	failure string            // its code
	lost    string            // what was seen, or empty
	twice   string            // likewise

	deleting time.Time // when its deletion was first requested
	deleted  time.Time // when that was confirmed
	returned string    // what was seen later
}

func newOracle() *oracle { return &oracle{mosaics: map[string]*mosaic{}} }

// update changes what is known of a mosaic.
func (o *oracle) update(id string, change func(m *mosaic)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(o.mosaics[id])
}

// accepted notes a 202 to a request.
func (o *oracle) accepted(id string, q *request) {
	o.update(id, func(m *mosaic) {
		if m == nil {
			o.mosaics[id] = &mosaic{key: q.Key, people: newPeople(q), version: map[bool]string{}, sums: map[string]string{}}
			o.ids = append(o.ids, id)
		} else if m.key != q.Key {
			m.lost, m.twice = "another request has its id", "another request has its id"
		}
	})
}

// repeated notes a second 202 to a request.
func (o *oracle) repeated(id, again string) {
	o.update(id, func(m *mosaic) {
		if id != again {
			m.twice = cmp.Or(m.twice, "the same request got the id "+again)
		}
	})
}

// gone notes that a browser was told that there is no such mosaic.
func (o *oracle) gone(id string, code int) { o.lose(id, fmt.Sprintf("a browser got %d", code)) }

func (o *oracle) lose(id, why string) {
	o.update(id, func(m *mosaic) {
		if m.deleting.IsZero() {
			m.lost = cmp.Or(m.lost, why)
		}
	})
}

// deleting notes that a mosaic's deletion is about to be requested.
func (o *oracle) deleting(id string) { o.update(id, func(m *mosaic) { m.deleting = time.Now() }) }

// deleted notes that the deletion was confirmed.
func (o *oracle) deleted(id string) {
	o.update(id, func(m *mosaic) {
		m.deleted = time.Now()
		if m.state == "" {
			o.deletions++
		}
	})
}

// refused notes that a mosaic could not be deleted.
func (o *oracle) refused(id string, code int) {
	o.update(id, func(m *mosaic) { m.lost = cmp.Or(m.lost, fmt.Sprintf("its deletion was answered with %d", code)) })
}

// visible notes that a browser that asked at a given time was shown something of a mosaic.
func (o *oracle) visible(id, what string, asked time.Time) {
	o.update(id, func(m *mosaic) { m.seen(what, asked) })
}

// seen does that, and reports whether what browsers see of the mosaic is judged: it was not deleted.
func (m *mosaic) seen(what string, asked time.Time) bool {
	if !m.deleted.IsZero() && asked.After(m.deleted) {
		m.returned = cmp.Or(m.returned, what)
	}
	return m.deleting.IsZero()
}

// polled notes the answer to a poll that was sent at a given time.
func (o *oracle) polled(id string, a *harness.Mosaic, asked time.Time) {
	o.update(id, func(m *mosaic) {
		switch {
		case !m.seen("its state was "+a.State, asked):
		case a.ID != id:
			m.lost = cmp.Or(m.lost, "a browser was shown "+a.ID)
		case m.state == "" && !a.Final():
		default:
			if m.state == "" {
				o.end(m, a)
			}
			m.compare(a)
		}
	})
}

// end notes the first final state.
func (o *oracle) end(m *mosaic, a *harness.Mosaic) {
	m.state, m.result = a.State, string(a.Result)
	if a.State == "done" {
		o.done++
		return
	}
	o.failed++
	switch {
	case a.Failure == nil || a.Failure.Code == "" || a.Failure.Message == "":
		m.lost = cmp.Or(m.lost, "it failed without a reason")
	case a.Failure.Code == string(job.NoUploads):
		m.lost = cmp.Or(m.lost, "its photos are gone")
	default:
		m.failure = a.Failure.Code
	}
}

// compare compares an answer with the first one.
func (m *mosaic) compare(a *harness.Mosaic) {
	version := fmt.Sprintf("attempt %d, finished %s", a.Attempt, a.Finished)
	byQueue := a.Attempt > 0
	m.version[byQueue] = cmp.Or(m.version[byQueue], version)
	switch {
	case a.State != m.state:
		m.twice = cmp.Or(m.twice, m.state+", and later "+a.State)
	case string(a.Result) != m.result:
		m.twice = cmp.Or(m.twice, "result "+m.result+", and later "+string(a.Result))
	case m.version[byQueue] != version:
		m.twice = cmp.Or(m.twice, m.version[byQueue]+", and later "+version)
	}
}

// file notes a file that a browser that asked at a given time received, and its promised SHA-256.
func (o *oracle) file(id, name string, body []byte, promised string, asked time.Time) {
	hash := sha256.Sum256(body)
	sum := hex.EncodeToString(hash[:])
	o.update(id, func(m *mosaic) {
		if !m.seen(name+" was there", asked) {
			return
		}
		if sum != promised {
			m.lost = cmp.Or(m.lost, fmt.Sprintf("%s has the SHA-256 %s instead of %s", name, sum, promised))
			return
		}
		if before := m.sums[name]; before != "" && before != sum {
			m.twice = cmp.Or(m.twice, fmt.Sprintf("%s with the SHA-256 %s, and later %s", name, before, sum))
		}
		m.sums[name] = sum
		if name == planFile {
			m.lost = cmp.Or(m.lost, m.people.count(body))
		}
	})
}

// sums returns the SHA-256 of the files of a mosaic that have been seen.
func (o *oracle) sums(id string) (sums map[string]string) {
	o.update(id, func(m *mosaic) { sums = maps.Clone(m.sums) })
	return sums
}

// count returns how many mosaics were accepted and how many have ended.
func (o *oracle) count() (accepted, ended int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.ids), o.done + o.failed + o.deletions
}

// fate is what has become of a mosaic so far.
type fate int

const (
	open     fate = iota
	ended         // done or failed
	deleting      // not confirmed yet
	deleted
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
		f = deleting
	case m.state != "":
		f = ended
	}
	return id, f, m.people.counted
}

// verdict is the oracle's judgement in the end.
type verdict struct {
	accepted, done, failed, deleted, lost, twice int

	people, missing int // of finished mosaics
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
		switch lost := m.lostBecause(); {
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

// lostBecause says why a mosaic counts as lost in the end, or is empty.
func (m *mosaic) lostBecause() string {
	switch {
	case m.lost != "" || !m.deleted.IsZero():
		return m.lost
	case !m.deleting.IsZero():
		return "its deletion was never confirmed"
	case m.state == "":
		return "it never ended"
	}
	return ""
}

// report lists what is wrong, in a fixed order.
func (v verdict) report() (lines []string) {
	for _, code := range slices.Sorted(maps.Keys(v.reasons)) {
		lines = append(lines, fmt.Sprintf("failed with %s: %d", code, v.reasons[code]))
	}
	for _, id := range slices.Sorted(maps.Keys(v.findings)) {
		lines = append(lines, id+": "+v.findings[id])
	}
	return lines
}

package status

import (
	"errors"
	"sync/atomic"
	"time"

	"smalti/pkg/queue"
	"smalti/web/internal/upkeep"
)

// Outages remembers when the queue was last unavailable. For a while after that, "unknown" does not mean
// that there is no such mosaic: another web server may have accepted it into its journal, and not have put
// it on the queue yet. The zero value knows of no outage. It is safe for concurrent use.
type Outages struct {
	started  time.Time    // outages before that are not known
	lastAway atomic.Int64 // UnixNano
}

// NewOutages makes one that knows no outage before now.
func NewOutages() *Outages { return &Outages{started: time.Now()} }

// afterOutage gives the reconcilers of other web servers time for several rounds.
const afterOutage = 3 * upkeep.ReconcileEvery

// Note is told the error of each question to the queue.
func (o *Outages) Note(err error) {
	if errors.Is(err, queue.ErrUnavailable) {
		o.lastAway.Store(time.Now().UnixNano())
	}
}

func (o *Outages) last() time.Time { return time.Unix(0, o.lastAway.Load()) }

// recent reports whether another web server may know more than the queue.
func (o *Outages) recent() bool { return time.Since(o.last()) < afterOutage }

// knownSince reports whether the queue was unavailable after t.
func (o *Outages) knownSince(t time.Time) bool { return o.last().After(t) }

// possibleSince reports whether the queue may have been unavailable after t: before this process started,
// nobody knows.
func (o *Outages) possibleSince(t time.Time) bool { return o.started.After(t) || o.knownSince(t) }

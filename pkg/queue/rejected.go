package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

// maxDeadElement is how much of an invalid element the dead list stores, in bytes.
const maxDeadElement = 64 << 10

// RejectedError is the error of [Queue.Take] for an element that is not a valid package. Its job, if it has
// one, has failed, and the dead list has the reason.
type RejectedError struct {
	ID  string // empty if it has no valid one
	Err error  // a job.Invalid
}

func (e *RejectedError) Error() string {
	if e.ID == "" {
		return "rejecting an element without an id: " + e.Err.Error()
	}
	return "rejecting the package of " + e.ID + ": " + e.Err.Error()
}

func (e *RejectedError) Unwrap() error { return e.Err }

// badPackage is the failure of a package that [job.Parse] refuses.
func badPackage(why error) job.Failure {
	m, ok := message.Of(why)
	if !ok {
		m = message.New("failure.impossible")
	}
	return job.Fail(job.BadPackage, m, why.Error())
}

// reject fails the job of an invalid element, and puts it onto the dead list. p is what could be read of it,
// if anything.
func (q *Queue) reject(ctx context.Context, p *job.Package, seq, body string, why error) error {
	failure := badPackage(why)
	s := job.Status{State: job.Failed, Created: time.Now().UTC(), Finished: time.Now().UTC(), Failure: &failure}
	if p != nil && job.ValidID(p.ID) {
		s.ID = p.ID
		if year := p.Created.UTC().Year(); year > 0 && year < 10_000 && !p.Created.IsZero() { // years that JSON can express
			s.Created = p.Created.UTC()
		}
		if len(p.Owner) <= 64 {
			s.Owner = p.Owner
		}
	}
	outcome, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("rejecting a package: %w", err)
	}
	entry, err := json.Marshal(Dead{
		ID: s.ID, Code: job.BadPackage, Reason: failure.Text, Detail: failure.Detail, At: s.Finished,
		Element: strings.ToValidUTF8(body[:min(len(body), maxDeadElement)], "\uFFFD"), Bytes: len(body),
	})
	if err != nil {
		return fmt.Errorf("rejecting a package: %w", err)
	}
	if err := q.onJob(ctx, rejectScript, s.ID, seq, outcome, s.Created.Format(time.RFC3339Nano), s.Owner,
		q.cfg.Retention.Milliseconds(), "raw:"+newNonce(), entry).Err(); err != nil {
		return unavailable("rejecting a package", err)
	}
	return &RejectedError{ID: s.ID, Err: why}
}

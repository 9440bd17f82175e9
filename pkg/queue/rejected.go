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

// maxDeadElement is how much of an element that cannot be read is kept for ops, in bytes.
const maxDeadElement = 64 << 10

// Rejected reports an element that was popped and is no valid package. It has been filed: the job,
// if it has one, failed; the dead list has the reason.
type Rejected struct {
	ID  string // empty if it has no valid one
	Err error  // a job.Invalid
}

func (e *Rejected) Error() string {
	if e.ID == "" {
		return "rejecting an element without an id: " + e.Err.Error()
	}
	return "rejecting the package of " + e.ID + ": " + e.Err.Error()
}

func (e *Rejected) Unwrap() error { return e.Err }

// badPackage is the failure of a package that [job.Parse] refuses.
func badPackage(why error) job.Failure {
	m, ok := message.Of(why)
	if !ok {
		m = message.New("failure.impossible")
	}
	return job.Fail(job.BadPackage, m, why.Error())
}

// reject files an element, of which p is what could be read, if anything.
func (q *Queue) reject(ctx context.Context, p *job.Package, seq, body string, why error) error {
	failure := badPackage(why)
	s := job.Status{State: job.Failed, Created: time.Now().UTC(), Finished: time.Now().UTC(), Failure: &failure}
	if p != nil && job.ValidID(p.ID) {
		s.ID = p.ID
		if year := p.Created.UTC().Year(); year > 0 && year < 10_000 && !p.Created.IsZero() { // as JSON can say
			s.Created = p.Created.UTC()
		}
		if len(p.Owner) <= 64 {
			s.Owner = p.Owner
		}
	}
	outcome, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("filing a rejected package: %w", err)
	}
	entry, err := json.Marshal(Dead{
		ID: s.ID, Code: job.BadPackage, Reason: failure.Text, Detail: failure.Detail, At: s.Finished,
		Element: strings.ToValidUTF8(body[:min(len(body), maxDeadElement)], "\uFFFD"), Bytes: len(body),
	})
	if err != nil {
		return fmt.Errorf("filing a rejected package: %w", err)
	}
	if err := q.onJob(ctx, rejectScript, s.ID, seq, outcome, s.Created.Format(time.RFC3339Nano), s.Owner,
		q.cfg.Retention.Milliseconds(), "raw:"+newNonce(), entry).Err(); err != nil {
		return unavailable("filing a rejected package", err)
	}
	return &Rejected{ID: s.ID, Err: why}
}

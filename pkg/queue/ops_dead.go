package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"smalti/pkg/job"
)

// Dead is an entry of the dead list: a job that was given up, or an element that was not a package.
type Dead struct {
	Field    string    `json:"-"`            // names the entry; for a job it is the job's id
	ID       string    `json:"id,omitempty"` // empty if it has no valid one
	Code     job.Code  `json:"code"`
	Reason   string    `json:"reason"`           // for the person who asked
	Detail   string    `json:"detail,omitempty"` // for ops
	At       time.Time `json:"at"`
	Attempts int       `json:"attempts,omitempty"`
	Element  string    `json:"element,omitempty"` // its beginning, if it could not be read
	Bytes    int       `json:"bytes,omitempty"`   // the length of the whole element
}

// ErrNotRetried means that the entry is gone, or has no package that could be tried again.
var ErrNotRetried = errors.New("nothing to try again")

// DeadList returns at most limit entries, the newest of them first. Of a longer list, Redis picks which.
func (o Ops) DeadList(ctx context.Context, limit int) ([]Dead, error) {
	var all []Dead
	var cursor uint64
	for {
		pairs, next, err := o.q.cmd.HScan(ctx, keyDead, cursor, "", 100).Result()
		if err != nil {
			return nil, unavailable("reading the dead list", err)
		}
		for i := 0; i+1 < len(pairs) && len(all) < limit; i += 2 {
			d := Dead{Field: pairs[i]}
			if err := json.Unmarshal([]byte(pairs[i+1]), &d); err != nil {
				d.Detail = fmt.Sprintf("damaged entry: %v", err)
			}
			all = append(all, d)
		}
		if cursor = next; cursor == 0 || len(all) >= limit {
			break
		}
	}
	slices.SortFunc(all, func(a, b Dead) int { return b.At.Compare(a.At) })
	return all, nil
}

// RetryDead puts a job of the dead list back, with all of its attempts, at the end of the interactive
// list. [ErrNotRetried] means that nothing was changed.
func (o Ops) RetryDead(ctx context.Context, id string) error {
	if !job.ValidID(id) {
		return fmt.Errorf("retrying %q: %w", id, ErrNotRetried)
	}
	ok, err := o.q.onJob(ctx, reviveScript, id).Bool()
	if err != nil {
		return unavailable("retrying "+id, err)
	}
	if !ok {
		return fmt.Errorf("retrying %s: %w", id, ErrNotRetried)
	}
	return nil
}

// DropDead removes an entry from the dead list. Its job, if it has one, stays failed.
func (o Ops) DropDead(ctx context.Context, field string) error {
	p := o.q.cmd.Pipeline()
	p.HDel(ctx, keyDead, field)
	if job.ValidID(field) {
		p.HDel(ctx, keyRecord(field), "payload")
	}
	_, err := p.Exec(ctx)
	return unavailable("dropping an entry of the dead list", err)
}

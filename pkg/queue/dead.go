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

// Dead is an entry of the dead list: a job that was given up, or an element that was no package.
type Dead struct {
	Field    string    `json:"-"`            // names the entry; for a job it is the job's id
	ID       string    `json:"id,omitempty"` // empty if it has no valid one
	Code     job.Code  `json:"code"`
	Reason   string    `json:"reason"`           // for the person who asked
	Detail   string    `json:"detail,omitempty"` // for ops
	At       time.Time `json:"at"`
	Attempts int       `json:"attempts,omitempty"`
	Element  string    `json:"element,omitempty"` // its beginning, if it could not be read
	Bytes    int       `json:"bytes,omitempty"`   // the whole element's length
}

// ErrNotRetried: the entry is no longer there, or has no package that could be tried again.
var ErrNotRetried = errors.New("there is nothing to try again")

// DeadList returns at most limit entries, the newest of them first. Which ones, where there are
// more, is left to Redis.
func (q *Queue) DeadList(ctx context.Context, limit int) ([]Dead, error) {
	var all []Dead
	var cursor uint64
	for {
		pairs, next, err := q.cmd.HScan(ctx, keyDead, cursor, "", 100).Result()
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

// RetryDead gives a job of the dead list a new life: all of its attempts again, at the back of the
// list that people wait for. [ErrNotRetried] means that nothing was changed.
func (q *Queue) RetryDead(ctx context.Context, id string) error {
	if !job.ValidID(id) {
		return fmt.Errorf("trying %q again: %w", id, ErrNotRetried)
	}
	ok, err := q.onJob(ctx, reviveScript, id).Bool()
	if err != nil {
		return unavailable("trying "+id+" again", err)
	}
	if !ok {
		return fmt.Errorf("trying %s again: %w", id, ErrNotRetried)
	}
	return nil
}

// DropDead forgets an entry of the dead list. Its job, if it has one, stays failed.
func (q *Queue) DropDead(ctx context.Context, field string) error {
	p := q.cmd.Pipeline()
	p.HDel(ctx, keyDead, field)
	if job.ValidID(field) {
		p.HDel(ctx, keyRecord(field), "payload")
	}
	_, err := p.Exec(ctx)
	return unavailable("dropping an entry of the dead list", err)
}

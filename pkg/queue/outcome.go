package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
)

// Restore writes how a job ended, as the store or the journal knows it, if Redis has forgotten the job.
// A job that Redis knows stays as it is, but a missing completion key is written again. Neither makes the
// job's lifetime longer.
func (q *Queue) Restore(ctx context.Context, s job.Status) error {
	_, err := q.setOutcome(ctx, restoreScript, s)
	return unavailable("restoring "+s.ID, err)
}

// SetLost makes a done job a failed one with code job.Lost, or a lost job done again: whichever s says. A
// job in any other state stays as it is, and changed is false.
func (q *Queue) SetLost(ctx context.Context, s job.Status) (changed bool, err error) {
	changed, err = q.setOutcome(ctx, setLostScript, s)
	return changed, unavailable("marking "+s.ID+" as lost or found", err)
}

func (q *Queue) setOutcome(ctx context.Context, script *redis.Script, s job.Status) (changed bool, err error) {
	if !s.State.Final() || !job.ValidID(s.ID) {
		return false, errors.New("not the status of a job that has ended")
	}
	s.Position, s.Progress = 0, nil
	outcome, err := json.Marshal(s)
	if err != nil {
		return false, err
	}
	left := q.cfg.Retention
	switch {
	case !s.Expires.IsZero():
		left = time.Until(s.Expires)
	case !s.Finished.IsZero():
		left -= time.Since(s.Finished)
	}
	if left < time.Millisecond {
		return false, nil // expired
	}
	return q.onJob(ctx, script, s.ID, string(s.State), outcome, s.Created.Format(time.RFC3339Nano), s.Owner, left.Milliseconds()).Bool()
}

// DeletedFor is how much longer than Config.Retention a deletion is remembered. By then Redis and the
// stores have forgotten the mosaic, and a worker that was rendering it has ended, even if clocks differ.
const DeletedFor = job.Remembered + 24*time.Hour

// Delete removes all that Redis knows of a job, in whatever state, but that it was deleted: see
// [ErrDeleted]. A worker that renders it finds out when it renews its lease. at is when the deletion was
// requested, which may be long ago if Redis has forgotten it since.
func (q *Queue) Delete(ctx context.Context, id string, at time.Time) error {
	if !job.ValidID(id) {
		return fmt.Errorf("deleting a job: %w", ErrUnknown)
	}
	remember := q.cfg.Retention + DeletedFor
	return unavailable("deleting "+id, q.onJob(ctx, deleteScript, id,
		remember.Milliseconds(), at.UnixMilli(), time.Now().Add(-remember).UnixMilli()).Err())
}

// Deletions returns all deletions that Redis remembers, and when each was requested.
func (q *Queue) Deletions(ctx context.Context) (map[string]time.Time, error) {
	all, err := q.times(ctx, "reading the deletions", keyDeleted)
	for id := range all {
		if !job.ValidID(id) {
			delete(all, id)
		}
	}
	return all, err
}

package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/job"
)

// Status returns what Redis knows about a job, in one round trip that it shares with concurrent calls.
// The error is [ErrUnknown], [ErrDeleted] (which is one too) or [ErrUnavailable]. Nobody may change what the status
// of a job that has ended refers to: others may have it as well.
func (q *Queue) Status(ctx context.Context, id string) (job.Status, error) {
	if !job.ValidID(id) {
		return job.Status{}, fmt.Errorf("reading a status: %w", ErrUnknown)
	}
	reply, err := q.statuses.ask(ctx, id)
	if err != nil {
		return job.Status{}, unavailable("reading the status of "+id, err)
	}
	s, err := q.endings.read(id, reply)
	if err != nil {
		return job.Status{}, fmt.Errorf("reading the status of %s: %w", id, err)
	}
	return s, nil
}

const (
	statusFields    = 11 // of the reply of status.lua
	statusSeparator = "\x1f"
)

// readStatus reads the reply of status.lua.
func readStatus(id, reply string) (job.Status, error) {
	fields := strings.Split(reply, statusSeparator)
	if len(fields) != statusFields {
		return job.Status{}, fmt.Errorf("damaged record: %.100q", reply)
	}
	text := func(i int) string { return fields[i] }
	number := func(i int) int { n, _ := strconv.Atoi(text(i)); return n }
	s := job.Status{ID: id, Owner: text(6)}
	s.Created, _ = time.Parse(time.RFC3339Nano, text(5))
	switch state := text(0); state {
	case "queued", "delayed": // to people, a delayed job waits like any other
		s.State, s.Position, s.Attempt = job.Queued, number(8), number(1)
	case "running":
		s.State, s.Attempt = job.Rendering, number(1)
		if phase := text(2); phase != "" {
			s.Progress = &job.Progress{Phase: job.Phase(phase), Done: number(3), Total: number(4)}
		}
		if look := text(10); look != "" {
			if json.Unmarshal([]byte(look), &s.FirstLook) != nil {
				s.FirstLook = nil // it can wait
			}
		}
	case "deleted":
		return job.Status{}, ErrDeleted
	case "", string(job.Done), string(job.Failed):
		if text(7) == "" {
			return job.Status{}, ErrUnknown
		}
		if err := json.Unmarshal([]byte(text(7)), &s); err != nil {
			return job.Status{}, fmt.Errorf("damaged completion key: %w", err)
		}
		s.ID = id
		if !s.State.Final() {
			return job.Status{}, fmt.Errorf("the completion key has the state %q", s.State)
		}
		if lifetime := number(9); lifetime > 0 && s.Expires.IsZero() && !s.Finished.IsZero() { // a sweep ended it
			s.Expires = s.Finished.Add(time.Duration(lifetime) * time.Millisecond)
		}
	default:
		return job.Status{}, fmt.Errorf("unknown state %q", state)
	}
	return s, nil
}

package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Depth counts jobs.
type Depth struct {
	Interactive, Bulk int // elements on the lists
	Open              int // unfinished jobs: waiting, running, or put aside for the next attempt
	Dead              int // entries of the dead list
}

// Overview is the queue and its workers at one moment, for those who watch over them.
type Overview struct {
	Depth
	Unread            int       // of the jobs on lists: of versions that no living worker reads
	OldestInteractive time.Time // when the next job of the list was asked for; zero: none waits
	OldestBulk        time.Time
	Accepted          int64 // jobs put on a list since Redis was empty
	Paused            bool
	Troubles          map[Trouble]int64 // what workers met, since Redis was empty
	Beats             []Beat            // of the workers that live
}

// Running counts the jobs that a living worker says it renders.
func (o Overview) Running() (n int) {
	for _, b := range o.Beats {
		if b.Job != "" {
			n++
		}
	}
	return n
}

// Depth takes one round trip, and its cost does not grow with the queue.
func (q *Queue) Depth(ctx context.Context) (Depth, error) {
	o, err := q.depth(ctx)
	return o.Depth, err
}

// Overview takes two round trips, and its cost does not grow with the queue.
func (q *Queue) Overview(ctx context.Context) (o Overview, err error) {
	if o, err = q.depth(ctx); err != nil {
		return o, err
	}
	o.Beats, err = q.Beats(ctx)
	return o, err
}

// depth reads the answer of the script: see there for its fields.
func (q *Queue) depth(ctx context.Context) (o Overview, err error) {
	a, err := depthScript.Run(ctx, q.cmd, []string{keyOpen}, beatLife.Milliseconds()).Slice()
	if err != nil {
		return o, unavailable("looking at the queue", err)
	}
	if len(a) != 10 {
		return o, fmt.Errorf("looking at the queue: an answer of %d fields", len(a))
	}
	number := func(i int) int { n, _ := a[i].(int64); return int(n) }
	o.Depth = Depth{number(0), number(1), number(2), number(3)}
	o.Unread, o.Paused = number(4), number(8) == 1
	if o.OldestInteractive, err = earliest(a[5]); err == nil {
		o.OldestBulk, err = earliest(a[6])
	}
	if err != nil {
		return o, fmt.Errorf("looking at the queue: %w", err)
	}
	accepted, _ := a[7].(string)
	o.Accepted, err = strconv.ParseInt(accepted, 10, 64)
	if err != nil {
		return o, errors.New("looking at the queue: its counter is no number")
	}
	o.Troubles = readTroubles(a[9])
	return o, nil
}

// earliest is the first of several times in RFC 3339; zero where there is none.
func earliest(answer any) (first time.Time, err error) {
	all, _ := answer.([]any)
	for _, x := range all {
		text, _ := x.(string)
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return first, err
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first, nil
}

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
	Open              int // unfinished jobs: waiting, running or delayed
	Dead              int // entries of the dead list
}

// Overview is the queue and its workers at one moment.
type Overview struct {
	Depth
	Unread            int       // jobs on lists of versions that no live worker reads
	OldestInteractive time.Time // when the next job of the list was requested; zero: none waits
	OldestBulk        time.Time
	Accepted          int64 // jobs put since Redis was empty
	Paused            bool
	NamesTaken        int64  // workers that stopped because a live one had their name, since Redis was empty
	Beats             []Beat // of the live workers
}

// Running counts the jobs that live workers say they render.
func (o Overview) Running() (n int) {
	for _, b := range o.Beats {
		if b.Job != "" {
			n++
		}
	}
	return n
}

// Overview takes two round trips, and its cost does not grow with the queue.
func (ops Ops) Overview(ctx context.Context) (o Overview, err error) {
	a, err := depthScript.Run(ctx, ops.q.cmd, []string{keyOpen}, beatLife.Milliseconds()).Slice()
	if err != nil {
		return o, unavailable("counting jobs", err)
	}
	if o, err = readOverview(a); err != nil {
		return o, fmt.Errorf("counting jobs: %w", err)
	}
	o.Beats, err = ops.q.Beats(ctx)
	return o, err
}

// readOverview reads the reply of depth.lua.
func readOverview(a []any) (o Overview, err error) {
	if len(a) != 10 {
		return o, fmt.Errorf("a reply of %d fields", len(a))
	}
	number := func(i int) int { n, _ := a[i].(int64); return int(n) }
	o.Depth = Depth{number(0), number(1), number(2), number(3)}
	o.Unread, o.Paused = number(4), number(8) == 1
	if o.OldestInteractive, err = earliest(a[5]); err != nil {
		return o, err
	}
	if o.OldestBulk, err = earliest(a[6]); err != nil {
		return o, err
	}
	accepted, _ := a[7].(string)
	if o.Accepted, err = strconv.ParseInt(accepted, 10, 64); err != nil {
		return o, errors.New("the job counter is not a number")
	}
	troubles, _ := a[9].([]any)
	for i := 0; i+1 < len(troubles); i += 2 {
		if n, _ := troubles[i+1].(string); troubles[i] == fieldNameTaken {
			o.NamesTaken, _ = strconv.ParseInt(n, 10, 64)
		}
	}
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

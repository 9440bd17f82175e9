package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Overview is the queue and its workers at one moment, for those who watch over them.
type Overview struct {
	Depth
	OldestInteractive time.Time // when the next job of the list was asked for; zero: none waits
	OldestBulk        time.Time
	Accepted          int64 // jobs put on a list since Redis was empty
	Paused            bool
	Beats             []Beat // of the workers that live
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

// Overview takes two round trips, or three with waiting jobs, and its cost does not grow with the
// queue.
func (q *Queue) Overview(ctx context.Context) (o Overview, err error) {
	p := q.cmd.Pipeline()
	interactive, bulk := p.LLen(ctx, keyInteractive), p.LLen(ctx, keyBulk)
	open, dead := p.ZCard(ctx, keyOpen), p.HLen(ctx, keyDead)
	next := []*redis.StringSliceCmd{
		p.ZRange(ctx, keyWaiting+"interactive", 0, 0), p.ZRange(ctx, keyWaiting+"bulk", 0, 0),
	}
	accepted, paused := p.Get(ctx, keySeq), p.Exists(ctx, keyPaused)
	if _, err := p.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return o, unavailable("looking at the queue", err)
	}
	o.Depth = Depth{int(interactive.Val()), int(bulk.Val()), int(open.Val()), int(dead.Val())}
	o.Paused = paused.Val() == 1
	o.Accepted, _ = accepted.Int64() // no counter yet: none
	for i, oldest := range []*time.Time{&o.OldestInteractive, &o.OldestBulk} {
		if ids := next[i].Val(); len(ids) > 0 {
			if *oldest, err = q.created(ctx, ids[0]); err != nil {
				return o, err
			}
		}
	}
	o.Beats, err = q.Beats(ctx)
	return o, err
}

// created tells when a job was asked for; zero if it has gone meanwhile.
func (q *Queue) created(ctx context.Context, id string) (time.Time, error) {
	text, err := q.cmd.HGet(ctx, keyRecord(id), "created").Result()
	if errors.Is(err, redis.Nil) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, unavailable("looking at "+id, err)
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking at %s: %w", id, err)
	}
	return at, nil
}

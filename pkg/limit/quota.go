package limit

import (
	"context"
	"time"
)

// Uploads is the thing under which bytes of uploaded photos are held, by the id of their batch.
const Uploads = "uploads"

// Quota is how much may be held at a time, of things that are given back.
type Quota struct {
	Client Size // by one client
	Total  Size // by all together
}

// Verdict is whether something may be held.
type Verdict int

// The verdicts of [Limiter.Hold]; all but Unknown are also those of hold.lua.
const (
	Held       Verdict = iota
	ClientFull         // the client holds as much as it may
	TotalFull          // all together hold as much as they may
	Unknown            // Redis cannot be reached
)

func holdKeys(thing string) []string {
	key := "{smalti}:held:" + thing
	return []string{key, key + ":bytes", key + ":by"}
}

// Hold notes that a client holds n of a thing under an id, until it is released or ttl is over. Holding
// the same id again changes how much it is, and until when. If it is to become more, want is how much:
// nothing is held where that would be too much.
func (l *Limiter) Hold(ctx context.Context, thing, id, client string, n, want int64, q Quota, ttl time.Duration) Verdict {
	verdict := Unknown
	_ = l.redis.Do(ctx, func(ctx context.Context) error {
		v, err := holdScript.Run(ctx, l.client, holdKeys(thing),
			id, client, n, int64(q.Client), int64(q.Total), ttl.Milliseconds(), want).Int()
		if err == nil {
			verdict = Verdict(v)
		}
		return err
	})
	return verdict
}

// Extend holds what is still held under an id for another ttl from now on, and reports whether there was
// anything. With an error, Redis cannot be reached; it can be tried again until the time is over.
func (l *Limiter) Extend(ctx context.Context, thing, id string, ttl time.Duration) (held bool, err error) {
	err = l.redis.Do(ctx, func(ctx context.Context) (err error) {
		held, err = extendScript.Run(ctx, l.client, holdKeys(thing), id, ttl.Milliseconds()).Bool()
		return err
	})
	return held, err
}

// Holds reports whether anything is still held under an id. With an error, Redis cannot be reached.
func (l *Limiter) Holds(ctx context.Context, thing, id string) (held bool, err error) {
	err = l.redis.Do(ctx, func(ctx context.Context) (err error) {
		held, err = heldScript.Run(ctx, l.client, holdKeys(thing), id).Bool()
		return err
	})
	return held, err
}

// Release gives back what is held under an id; there may be nothing. If it fails, the time ends it.
func (l *Limiter) Release(ctx context.Context, thing, id string) {
	_ = l.redis.Do(ctx, func(ctx context.Context) error {
		return releaseScript.Run(ctx, l.client, holdKeys(thing), id).Err()
	})
}

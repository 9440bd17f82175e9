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
	return []string{key, key + ":bytes", key + ":by", key + ":for"}
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

// Claim is what became of a claim; the values are those of claim.lua.
type Claim int

// The claims.
const (
	NotHeld Claim = iota // there is nothing to claim
	Claimed
	Taken // it is somebody else's
)

// Claim claims what is held under an id for a user, who may have it already, and holds it for another ttl from now on.
// Of several users that claim it at a time, one gets it. With an error, Redis cannot be reached.
func (l *Limiter) Claim(ctx context.Context, thing, id, user string, ttl time.Duration) (claim Claim, err error) {
	err = l.redis.Do(ctx, func(ctx context.Context) error {
		n, err := claimScript.Run(ctx, l.client, holdKeys(thing), id, user, ttl.Milliseconds()).Int()
		claim = Claim(n)
		return err
	})
	return claim, err
}

// Unclaim takes a user's claim back, if it is theirs, and holds what is held for another ttl from now on. If it fails,
// the claim lasts as long as what is held.
func (l *Limiter) Unclaim(ctx context.Context, thing, id, user string, ttl time.Duration) {
	_ = l.redis.Do(ctx, func(ctx context.Context) error {
		return unclaimScript.Run(ctx, l.client, holdKeys(thing), id, user, ttl.Milliseconds()).Err()
	})
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

package limit

import (
	"context"
	_ "embed"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
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

// The verdicts of [Limiter.Hold].
const (
	Held      Verdict = iota
	ClientHas         // the client holds as much as it may
	AllHave           // all together hold as much as they may
	Unknown           // Redis cannot be reached, and nobody can say
)

var (
	//go:embed scripts/hold.lua
	holdLua string
	//go:embed scripts/release.lua
	releaseLua string
)

var holdScript, releaseScript = redis.NewScript(holdLua), redis.NewScript(releaseLua)

func holdKeys(thing string) []string {
	key := "{smalti}:held:" + thing
	return []string{key, key + ":bytes", key + ":by"}
}

// Hold notes that a client holds n of a thing under an id, until it is released or keep is over.
// Holding the same id again changes how much it is, and for how long. Where it is to become more, want says
// how much: nothing is held where that would be too much.
func (l *Limiter) Hold(ctx context.Context, thing, id, client string, n, want int64, q Quota, keep time.Duration) Verdict {
	if l.client == nil {
		return l.held.hold(thing, id, client, n, max(n, want), q, time.Now(), keep)
	}
	if !l.asked() {
		return Unknown
	}
	limited, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	v, err := holdScript.Run(limited, l.client, holdKeys(thing),
		id, client, n, int64(q.Client), int64(q.Total), keep.Milliseconds(), want).Int()
	if err != nil {
		if ctx.Err() == nil {
			l.rest(err)
		}
		return Unknown
	}
	return Verdict(v)
}

// Release gives back what is held under an id. None there is fine. What cannot be released now ends
// with its time.
func (l *Limiter) Release(ctx context.Context, thing, id string) {
	if l.client == nil {
		l.held.release(thing, id)
		return
	}
	if !l.asked() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	if err := releaseScript.Run(limited, l.client, holdKeys(thing), id).Err(); err != nil && ctx.Err() == nil {
		l.rest(err)
	}
}

// holdings are what is held, as this process knows it.
type holdings struct {
	mu sync.Mutex
	by map[[2]string]holding // thing and id
}

type holding struct {
	client string
	n      int64
	ends   time.Time
}

func (h *holdings) hold(thing, id, client string, n, want int64, q Quota, now time.Time, keep time.Duration) Verdict {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := [2]string{thing, id}
	var own, all int64
	for k, one := range h.by {
		switch {
		case now.After(one.ends):
			delete(h.by, k)
		case k[0] == thing && k != key:
			all += one.n
			if one.client == client {
				own += one.n
			}
		}
	}
	switch {
	case q.Client > 0 && own+want > int64(q.Client):
		return ClientHas
	case q.Total > 0 && all+want > int64(q.Total):
		return AllHave
	}
	if h.by == nil {
		h.by = make(map[[2]string]holding)
	}
	h.by[key] = holding{client, n, now.Add(keep)}
	return Held
}

func (h *holdings) release(thing, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.by, [2]string{thing, id})
}

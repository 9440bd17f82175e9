package limit

import (
	"context"
	_ "embed"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/extend.lua
var extendLua string

var extendScript = redis.NewScript(extendLua)

// Extend holds what is held under an id for another keep from now on. None there is fine. What cannot be
// extended now can be later, as long as its time is not over.
func (l *Limiter) Extend(ctx context.Context, thing, id string, keep time.Duration) {
	if l.client == nil {
		l.held.extend(thing, id, time.Now().Add(keep))
		return
	}
	if !l.asked() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	if err := extendScript.Run(limited, l.client, holdKeys(thing), id, keep.Milliseconds()).Err(); err != nil && ctx.Err() == nil {
		l.rest(err)
	}
}

func (h *holdings) extend(thing, id string, ends time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := [2]string{thing, id}
	if held, ok := h.by[key]; ok {
		held.ends = ends
		h.by[key] = held
	}
}

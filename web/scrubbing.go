package main

import (
	"context"
	"crypto/rand"
	"path/filepath"

	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/web/internal/upkeep"
)

// startScrubbing scrubs the store, together with the other web servers, and the cache in front of it.
func (sys *system) startScrubbing(q *queue.Queue, st *openedStore, l *upkeep.Losses) {
	rate := sys.settings.scrub << 20
	if rate == 0 {
		return
	}
	name := rand.Text()
	sys.scrubber = &upkeep.Scrubber{
		List: st.files.List, Read: sys.scrubbed.Read, Rate: rate, Cursor: filepath.Join(sys.settings.data, "scrub.json"), Log: sys.log,
		Claim: func(ctx context.Context) (bool, error) { return q.Ops().ClaimScrub(ctx, name, upkeep.ScrubTurn) },
		Check: func(ctx context.Context, id string, pace store.Pace) error {
			return l.Check(ctx, id, store.Hashes, pace)
		},
	}
	sys.running.Go(func() { sys.scrubber.Run(sys.ctx) })
	if st.cache == nil {
		return
	}
	cache := &upkeep.Scrubber{
		List: st.cache.Cached, Read: sys.scrubbed.Read, Rate: rate, Cursor: filepath.Join(sys.settings.data, "scrub-cache.json"), Log: sys.log,
		Claim: func(context.Context) (bool, error) { return true, nil },
		Check: func(ctx context.Context, id string, pace store.Pace) error {
			removed, err := st.cache.VerifyCached(ctx, id, pace)
			if removed {
				sys.log.Warn("removed a damaged copy from the cache", "job", id)
			}
			return err
		},
	}
	sys.running.Go(func() { cache.Run(sys.ctx) })
}

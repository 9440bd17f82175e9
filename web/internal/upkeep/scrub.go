package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// scrubber reads all finished mosaics again, slowly and one at a time, so that a damaged one is found
// before its other copy is gone. Of several web servers one does it. It goes on after a restart where it
// was.
type scrubber struct {
	list   func(ctx context.Context) ([]string, error)
	check  func(ctx context.Context, id string, pace store.Pace) error
	mine   func(ctx context.Context) (bool, error) // whether it is for this process to do it
	read   func(bytes int)                         // told what was read
	rate   int                                     // bytes a second
	cursor string                                  // a file that remembers where it was
	log    *slog.Logger

	renewed time.Time // the turn of this process
}

const (
	scrubPause = 24 * time.Hour   // from the beginning of one pass to that of the next, at least
	scrubTurn  = 10 * time.Minute // of one process; then another may go on
	renewTurn  = time.Minute
)

// place is where a pass is.
type place struct {
	Began time.Time `json:"began"`
	After string    `json:"after"` // the last id that was looked at; empty: none yet
	Done  bool      `json:"done"`
}

// run scrubs until ctx ends.
func (s *scrubber) run(ctx context.Context) {
	for sleep(ctx, jitter(time.Minute)) {
		at := s.where()
		if at.Done {
			if time.Since(at.Began) < jitter(scrubPause) {
				continue
			}
			at = place{}
		}
		if err := s.pass(ctx, at); err != nil && ctx.Err() == nil {
			s.log.Warn("scrubbing the store", "error", err)
		}
	}
}

// pass looks at every mosaic behind a place, in the order of their ids.
func (s *scrubber) pass(ctx context.Context, at place) error {
	if mine, err := s.mine(ctx); err != nil || !mine {
		return err
	}
	ids, err := s.list(ctx)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	if at.Began.IsZero() {
		at.Began = time.Now()
	}
	for _, id := range ids {
		if id <= at.After {
			continue
		}
		if mine, err := s.mine(ctx); err != nil || !mine {
			return err
		}
		err := s.check(ctx, id, s.pace)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// What nobody can know just now is looked at in the next pass.
		if _, told := errors.AsType[*problem](err); err != nil && !told {
			s.log.Debug("scrubbing", "job", id, "error", err)
		}
		at.After = id
		s.remember(at)
	}
	at.Done = true
	s.remember(at)
	return nil
}

// pace waits as long as so many bytes should take.
func (s *scrubber) pace(ctx context.Context, bytes int) error {
	s.read(bytes)
	if time.Since(s.renewed) > renewTurn { // a large mosaic takes longer than a turn
		s.renewed = time.Now()
		if mine, err := s.mine(ctx); err == nil && !mine {
			return errNotMine
		}
	}
	if !sleep(ctx, jitter(time.Duration(bytes)*time.Second/time.Duration(s.rate))) {
		return context.Cause(ctx)
	}
	return nil
}

var errNotMine = errors.New("another process scrubs the store")

func (s *scrubber) where() (at place) {
	data, err := os.ReadFile(s.cursor)
	if err != nil || json.Unmarshal(data, &at) != nil {
		return place{} // from the beginning
	}
	return at
}

// remember need not outlive a crash of the machine: at worst the pass begins anew.
func (s *scrubber) remember(at place) {
	data, err := json.Marshal(at)
	if err == nil {
		err = atomicfile.Replace(s.cursor, 0o600, func(f *os.File) error { _, err := f.Write(data); return err })
	}
	if err != nil {
		s.log.Debug("remembering how far the store is scrubbed", "error", err)
	}
}

// startScrubbing scrubs the store, together with the other web servers, and the cache in front of it.
func (sys *system) startScrubbing(q *queue.Queue, st *openedStore, l *losses) {
	rate := sys.settings.scrub << 20
	if rate == 0 {
		return
	}
	name := rand.Text()
	sys.scrubber = &scrubber{
		list: st.files.List, read: sys.scrubbed.Read, rate: rate, cursor: filepath.Join(sys.settings.data, "scrub.json"), log: sys.log,
		mine: func(ctx context.Context) (bool, error) { return q.Ops().ClaimScrub(ctx, name, scrubTurn) },
		check: func(ctx context.Context, id string, pace store.Pace) error {
			return l.check(ctx, id, store.Hashes, pace)
		},
	}
	sys.running.Go(func() { sys.scrubber.run(sys.ctx) })
	if st.cache == nil {
		return
	}
	cache := &scrubber{
		list: st.cache.Cached, read: sys.scrubbed.Read, rate: rate, cursor: filepath.Join(sys.settings.data, "scrub-cache.json"), log: sys.log,
		mine: func(context.Context) (bool, error) { return true, nil },
		check: func(ctx context.Context, id string, pace store.Pace) error {
			removed, err := st.cache.VerifyCached(ctx, id, pace)
			if removed {
				sys.log.Warn("a damaged copy was removed from the cache", "job", id)
			}
			return err
		},
	}
	sys.running.Go(func() { cache.run(sys.ctx) })
}

// jitter is a time around d, so that several do not do the same at once.
func jitter(d time.Duration) time.Duration { return d/2 + mathrand.N(d+1) }

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

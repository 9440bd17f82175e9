package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/fleet"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/setup"
)

const storeCheckEvery = 15 * time.Second

// checkStores looks now and then whose stores these are. Strictly, a web server with others ends: at
// once where that is known before anything listens.
func (sys *system) checkStores(q *queue.Queue, st storage) (*fleet.StoreCheck, error) {
	c := &fleet.StoreCheck{Store: st, Queue: q.Ops(), Note: true, Outages: sys.outages}
	strictly := func(wrong error) error {
		if wrong == nil || !sys.settings.redis.Strict {
			return nil
		}
		return config.Invalid("-store", wrong.Error())
	}
	if sys.settings.redis.Strict {
		ctx, cancel := context.WithTimeout(sys.ctx, 3*time.Second)
		defer cancel()
		if err := strictly(c.Check(ctx)); err != nil {
			return nil, err
		}
	}
	sys.running.Go(func() {
		for {
			ctx, cancel := context.WithTimeout(sys.ctx, askStoreTime)
			err := strictly(c.Check(ctx))
			cancel()
			if err != nil {
				sys.served <- err
				return
			}
			if !pause.About(sys.ctx, storeCheckEvery) {
				return
			}
		}
	})
	return c, nil
}

// openQueueOf defines the flags of a Redis, and returns what opens its queue.
func openQueueOf(s *config.Set) func() (*queue.Queue, error) {
	var r setup.Redis
	r.Define(s)
	s.Check(func() error {
		if r.URL == "" {
			return errors.New("-redis is required; a single process forgets its stores by itself")
		}
		return nil
	})
	return func() (*queue.Queue, error) { return queue.Open(queue.Config{Redis: r.Conn()}) }
}

func listStores(s *config.Set) config.Run {
	open := openQueueOf(s)
	return func(ctx context.Context, stdout, _ io.Writer) error {
		q, err := open()
		if err != nil {
			return err
		}
		defer q.Close()
		all, err := q.Ops().KnownStores(ctx)
		for _, id := range slices.Sorted(maps.Keys(all)) {
			fmt.Fprintf(stdout, "%s  last used %s\n", id, all[id].UTC().Format(time.RFC3339))
		}
		return err
	}
}

func forgetStore(s *config.Set) config.Run {
	open := openQueueOf(s)
	id := s.Argument("IDENTITY")
	return func(ctx context.Context, _, _ io.Writer) error {
		q, err := open()
		if err != nil {
			return err
		}
		defer q.Close()
		known, err := q.Ops().ForgetStore(ctx, *id)
		if err == nil && !known {
			err = errors.New("no store of this identity belongs to this Redis")
		}
		return err
	}
}

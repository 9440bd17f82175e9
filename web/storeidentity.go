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
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
)

const storeCheckEvery = 15 * time.Second

// checkStores looks now and then whose stores these are. Strictly, a web server with others ends: at
// once where that is known before anything listens.
func (sys *system) checkStores(q *queue.Queue, st files) (*fleet.StoreCheck, error) {
	c := &fleet.StoreCheck{Store: st, Queue: q.Ops(), Note: true, Outages: sys.outages}
	strictly := func(wrong error) error {
		if wrong == nil || !sys.settings.strict {
			return nil
		}
		return config.Wrong("-store", []string{wrong.Error()})
	}
	if sys.settings.strict {
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
			if !sleep(sys.ctx, jitter(storeCheckEvery)) {
				return
			}
		}
	})
	return c, nil
}

// storeCommand is "web store": it lists the stores that belong to a Redis, and forgets one that was
// replaced on purpose.
func storeCommand(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	forget := ""
	if len(args) > 1 && args[0] == "forget" {
		forget, args = args[len(args)-1], args[1:len(args)-1]
	}
	s := config.New("web store", getenv, stdout)
	url := s.String("redis", "", "`URL` of Redis")
	password := s.Secret("redis-password", "`file` with the password of Redis")
	if err := s.Parse(args); err != nil {
		return err
	}
	if *url == "" {
		return config.Wrong("-redis", []string{"is needed; a single process forgets its stores by itself"})
	}
	q, err := queue.Open(queue.Config{Redis: redisconn.Config{URL: *url, Password: *password}})
	if err != nil {
		return err
	}
	defer q.Close()
	if forget != "" {
		was, err := q.Ops().ForgetStore(ctx, forget)
		if err == nil && !was {
			err = errors.New("no store of this identity belongs to this Redis")
		}
		return err
	}
	all, err := q.Ops().KnownStores(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(stdout, "%s  last used %s\n", id, all[id].UTC().Format(time.RFC3339))
	}
	return nil
}

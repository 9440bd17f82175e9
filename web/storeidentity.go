package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/queue"
	"smalti/pkg/trouble"
)

// storeCheck looks whether this web server uses the stores that belong to its Redis. Two web servers of
// one Redis with a store each would show half of all files.
type storeCheck struct {
	store interface {
		Identities(ctx context.Context) ([]string, error)
	}
	queue interface {
		Stores(ctx context.Context, ids []string, note bool) (others []string, err error)
	}
	troubles *trouble.Watch

	mu    sync.Mutex
	asked bool
	wrong error
}

// otherStore says that this web server's stores are not those that belong to its Redis.
type otherStore struct{ ours, theirs []string }

func (e *otherStore) Error() string {
	return fmt.Sprintf("this web server uses the store %s, and the others of this Redis use %s", strings.Join(e.ours, " and "), strings.Join(e.theirs, " and "))
}

const storeCheckEvery = 15 * time.Second

// check asks the store and Redis. The error is an otherStore, or nil; what cannot be asked changes nothing.
func (c *storeCheck) check(ctx context.Context) (wrong error) {
	ids, err := c.store.Identities(ctx)
	var others []string
	if err == nil {
		others, err = c.queue.Stores(ctx, ids, true)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		return c.wrong
	}
	c.asked, c.wrong = true, nil
	if len(others) > 0 {
		c.wrong = &otherStore{ids, others}
	}
	c.troubles.Whose(c.wrong)
	return c.wrong
}

// ready is what was last found out; it asks if nothing was.
func (c *storeCheck) ready(ctx context.Context) error {
	c.mu.Lock()
	asked, wrong := c.asked, c.wrong
	c.mu.Unlock()
	if asked {
		return wrong
	}
	return c.check(ctx)
}

// checkStores looks now and then whose stores these are. Strictly, a web server with others ends: at
// once where that is known before anything listens.
func (sys *system) checkStores(q *queue.Queue, st files) (*storeCheck, error) {
	c := &storeCheck{store: st, queue: q, troubles: sys.troubles}
	strictly := func(wrong error) error {
		if wrong == nil || !sys.settings.strict {
			return nil
		}
		return config.Wrong("-store", []string{wrong.Error()})
	}
	if sys.settings.strict {
		ctx, cancel := context.WithTimeout(sys.ctx, 3*time.Second)
		defer cancel()
		if err := strictly(c.check(ctx)); err != nil {
			return nil, err
		}
	}
	sys.running.Go(func() {
		for {
			ctx, cancel := context.WithTimeout(sys.ctx, askStoreTime)
			err := strictly(c.check(ctx))
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
	q, err := queue.Open(queue.Config{URL: *url, Password: *password})
	if err != nil {
		return err
	}
	defer q.Close()
	if forget != "" {
		was, err := q.ForgetStore(ctx, forget)
		if err == nil && !was {
			err = errors.New("no store of this identity belongs to this Redis")
		}
		return err
	}
	all, err := q.KnownStores(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(stdout, "%s  last used %s\n", id, all[id].UTC().Format(time.RFC3339))
	}
	return nil
}

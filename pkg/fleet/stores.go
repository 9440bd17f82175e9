package fleet

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"smalti/pkg/outage"
)

// StoreCheck compares the store of a process with those that belong to its Redis: with different stores,
// workers would deliver mosaics where web servers do not look for them. It is safe for concurrent use.
type StoreCheck struct {
	Store interface {
		Identities(ctx context.Context) ([]string, error)
	}
	Queue interface {
		CheckStores(ctx context.Context, ids []string, note bool) (others []string, err error)
	}
	Note    bool // register our stores with a Redis that has none yet
	Outages *outage.Monitor

	mu    sync.Mutex
	asked bool
	wrong error
}

// OtherStoreError is the error of a process whose stores are not those that belong to its Redis.
type OtherStoreError struct{ Ours, Theirs []string } // identities

func (e *OtherStoreError) Error() string {
	return fmt.Sprintf("this process uses the store %s, but the others of this Redis use %s",
		strings.Join(e.Ours, " and "), strings.Join(e.Theirs, " and "))
}

// Check asks the store and Redis, and returns nil or an [*OtherStoreError]. If either does not answer, the
// last result stands.
func (c *StoreCheck) Check(ctx context.Context) (wrong error) {
	ids, err := c.Store.Identities(ctx)
	var others []string
	if err == nil {
		others, err = c.Queue.CheckStores(ctx, ids, c.Note)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		return c.wrong
	}
	c.asked, c.wrong = true, nil
	if len(others) > 0 {
		c.wrong = &OtherStoreError{ids, others}
	}
	c.Outages.StoreIdentity(c.wrong)
	return c.wrong
}

// Last returns the last result, and asks if there is none.
func (c *StoreCheck) Last(ctx context.Context) error {
	c.mu.Lock()
	asked, wrong := c.asked, c.wrong
	c.mu.Unlock()
	if asked {
		return wrong
	}
	return c.Check(ctx)
}

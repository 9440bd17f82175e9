package worker_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
)

// awayStore is a store that is away until a time, and may refuse deliveries for longer.
type awayStore struct {
	*dirstore.Store
	away, refuses time.Time
	begun         atomic.Int64
}

var errRefused = errors.New("connection refused")

func (a *awayStore) Ping(context.Context) error {
	if time.Now().Before(a.away) {
		return errRefused
	}
	return nil
}

func (a *awayStore) Deliver(ctx context.Context, id, token string) (store.Delivery, error) {
	a.begun.Add(1)
	if err := a.Ping(ctx); err != nil || time.Now().Before(a.refuses) {
		return nil, errRefused
	}
	return a.Store.Deliver(ctx, id, token)
}

func TestAStoreThatIsAwayCostsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waiting []*queue.Lease
		for range 20 {
			waiting = append(waiting, lease())
		}
		r := newRig(t, photos{}, waiting...)
		a := &awayStore{Store: r.store, away: time.Now().Add(10 * time.Minute)}
		r.w.Store = a
		stuck := time.AfterFunc(9*time.Minute, func() {
			if err := r.w.Alive(); err != nil || a.begun.Load() != 1 {
				t.Errorf("%d deliveries tried without a store; Alive says %v", a.begun.Load(), err)
			}
		})
		defer stuck.Stop()
		told, _ := r.runFor(t, 11*time.Minute)
		if len(told) != 20 || told[0] != "give back" {
			t.Fatalf("told the queue %q", told)
		}
		for _, s := range told[1:] {
			if s != "finish" {
				t.Errorf("told the queue %q", told)
			}
		}
	})
}

func TestAStoreThatRefusesCostsAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{}, lease())
		r.w.Store = &awayStore{Store: r.store, refuses: time.Now().Add(time.Minute)}
		told, _ := r.runFor(t, 10*time.Second)
		expect(t, told, "retry internal")
	})
}

func TestAWorkerThatWaitsForItsStoreCanBeStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{}, lease())
		r.w.Store = &awayStore{Store: r.store, away: time.Now().Add(time.Hour)}
		told, stopping := r.runFor(t, 30*time.Second)
		expect(t, told, "give back")
		if stopping > time.Second {
			t.Errorf("stopped after %v", stopping)
		}
	})
}

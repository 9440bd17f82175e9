package worker_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
)

// slowStore takes an hour for a poster, or fails instead.
type slowStore struct {
	*dirstore.Store
	takes time.Duration
	fails error
}

func (s *slowStore) Deliver(ctx context.Context, id, token string) (store.Delivery, error) {
	d, err := s.Store.Deliver(ctx, id, token)
	return &slowDelivery{d, s}, err
}

type slowDelivery struct {
	store.Delivery
	store *slowStore
}

func (d *slowDelivery) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if name == render.PosterFile {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d.store.takes):
		}
		if d.store.fails != nil {
			return d.store.fails
		}
	}
	return d.Delivery.Put(ctx, name, write)
}

// People can look around while the poster is on its way, and what they see is a part of what they get.
func TestTheFirstLookComesBeforeThePoster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lease()
		r := newRig(t, photos{}, l)
		r.w.Store = &slowStore{Store: r.store, takes: 20 * time.Second}
		time.AfterFunc(10*time.Second, func() {
			r.line.mu.Lock()
			defer r.line.mu.Unlock()
			if len(r.line.looks) != 1 || len(r.line.told) > 0 {
				t.Errorf("while the poster is on its way: looks %+v, told the queue %q", r.line.looks, r.line.told)
				return
			}
			seen := r.line.looks[0]
			if seen.Look != l.Token || seen.Owner != "" || seen.Columns != 4 || seen.Friends != 2 {
				t.Errorf("first look %+v", seen)
			}
			if want := []string{"first.jpg", "preview.jpg", "atlas-0.jpg", "plan.json", "plan-gzip.json"}; !slices.Equal(seen.Files, want) {
				t.Errorf("first look at %q, want %q", seen.Files, want)
			}
			look, err := r.store.Look(t.Context(), l.Package.ID, l.Token)
			if err != nil || len(look.Files) != len(seen.Files) {
				t.Errorf("in the store: %+v, %v", look, err)
			}
			if _, err := r.store.Manifest(t.Context(), l.Package.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the mosaic is there already: %v", err)
			}
		})
		told, _ := r.runFor(t, time.Minute)
		expect(t, told, "finish")
		m, err := r.store.Manifest(t.Context(), l.Package.ID)
		if err != nil || m.Result.Look != l.Token || !slices.Contains(m.Result.Files, "poster.jpg") {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// An attempt that fails after its first look takes it back; the next one shows its own.
func TestAFirstLookEndsWithItsAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := lease()
		second := &queue.Lease{Package: first.Package, Attempt: 2, Token: "2-token"}
		r := newRig(t, photos{}, first)
		slow := &slowStore{Store: r.store, takes: time.Second, fails: errors.New("connection lost")}
		r.w.Store = slow
		told, _ := r.runFor(t, 20*time.Second)
		expect(t, told, "retry undelivered")
		if _, err := r.store.Look(t.Context(), first.Package.ID, first.Token); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the first look of a failed attempt: %v", err)
		}
		slow.fails, r.line.waiting, r.line.told = nil, []*queue.Lease{second}, nil
		told, _ = r.runFor(t, 20*time.Second)
		expect(t, told, "finish")
		if len(r.line.looks) != 2 || r.line.looks[0].Look != first.Token || r.line.looks[1].Look != second.Token {
			t.Errorf("first looks %+v", r.line.looks)
		}
		if m, err := r.store.Manifest(t.Context(), first.Package.ID); err != nil || m.Result.Look != second.Token {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// Who deletes a mosaic that is being made ends its first look, too.
func TestADeletionEndsTheFirstLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lease()
		r := newRig(t, photos{}, l)
		r.w.Store = &slowStore{Store: r.store, takes: time.Hour}
		time.AfterFunc(10*time.Second, func() {
			r.line.mu.Lock()
			defer r.line.mu.Unlock()
			r.line.lost = true
		})
		told, _ := r.runFor(t, 30*time.Second)
		expect(t, told)
		if len(r.line.looks) != 1 {
			t.Errorf("first looks %+v", r.line.looks)
		}
		if _, err := r.store.Look(t.Context(), l.Package.ID, l.Token); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("its first look: %v", err)
		}
	})
}

// A first look is an extra: where Redis cannot be told of it, the mosaic is made all the same.
func TestAFirstLookThatNobodyIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{}, lease())
		r.line.blind = true
		told, _ := r.runFor(t, 20*time.Second)
		expect(t, told, "finish")
		if len(r.line.looks) != 0 {
			t.Errorf("first looks %+v", r.line.looks)
		}
	})
}

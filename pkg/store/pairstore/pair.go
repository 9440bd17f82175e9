// Package pairstore makes one store of two, of which one may be unavailable or lost.
package pairstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// shunTime is how long a store that failed is asked last, so that a dead one costs its time-outs once.
const shunTime = 30 * time.Second

// Store is two stores that end up with the same mosaics. A mosaic is done when one of them has it; the other
// gets it by [Store.CatchUp]. Uploads are put into both. Each call goes to the first store that works; reading
// goes to the other one if that does not have it. A store that failed is asked last for a while.
//
// store.ErrNotFound is the answer only of both: while one is unavailable, nobody knows.
type Store struct {
	// Deleted reports to [Store.CatchUp] whether a mosaic was deleted, so that a store that was unavailable
	// then does not bring it back; nil: none was. It must be set before the first call.
	Deleted func(id string) bool

	stores [2]store.Store

	mu     sync.Mutex
	failed [2]time.Time
}

// New makes a pair of two stores. The first is asked first.
func New(first, second store.Store) *Store { return &Store{stores: [2]store.Store{first, second}} }

// Close closes both stores.
func (p *Store) Close() error {
	var errs []error
	for _, s := range p.stores {
		if c, ok := s.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// order says which store to ask first.
func (p *Store) order() [2]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.failed[0]) < shunTime && p.failed[0].After(p.failed[1]) {
		return [2]int{1, 0}
	}
	return [2]int{0, 1}
}

func (p *Store) shunned(i int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.failed[i]) < shunTime
}

// note remembers whether a store works. A bad request and one that the caller cancels are not its fault.
func (p *Store) note(ctx context.Context, i int, err error) {
	for _, fine := range []error{store.ErrBusy, store.ErrNotFound, store.ErrLost, store.ErrDelivered, store.ErrName, ftpserver.ErrTooLarge} {
		if errors.Is(err, fine) {
			return
		}
	}
	if ctx.Err() != nil {
		return
	}
	if _, ours := errors.AsType[tree.WriterError](err); ours {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed[i] = (time.Time{}); err != nil {
		p.failed[i] = time.Now()
	}
}

// first asks one store after the other until one has an answer.
func (p *Store) first(ctx context.Context, ask func(context.Context, store.Store) error) error {
	var errs []error
	for n, i := range p.order() {
		err := ask(patient(ctx, n == len(p.stores)-1), p.stores[i])
		p.note(ctx, i, err)
		if err == nil || ctx.Err() != nil || errors.Is(err, store.ErrName) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		errs = append(errs, err)
	}
	return both(errs)
}

// pairPatience is how long to wait for a session of the first store.
const pairPatience = 5 * time.Second

// patient is for asking one of the stores: only the last one is worth a long wait.
func patient(ctx context.Context, last bool) context.Context {
	if last {
		return ctx
	}
	return tree.WithPatience(ctx, pairPatience)
}

// both is the error of two stores that failed: a store.ErrNotFound or store.ErrLost only if both say so.
func both(errs []error) error {
	worst := errs[0]
	for _, err := range errs {
		switch {
		case !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrLost):
			return err
		case errors.Is(err, store.ErrLost):
			worst = err
		}
	}
	return worst
}

// Ping reports whether one of the stores can be used.
func (p *Store) Ping(ctx context.Context) error {
	return p.first(ctx, func(ctx context.Context, s store.Store) error { return s.Ping(ctx) })
}

// Deliver is as in [store.Store], to the first store that works. store.ErrDelivered if either has the mosaic.
func (p *Store) Deliver(ctx context.Context, id, token string) (store.Delivery, error) {
	for _, i := range p.order() {
		if p.shunned(i) {
			continue // at worst, the mosaic is made twice
		}
		_, err := p.stores[i].Manifest(ctx, id)
		p.note(ctx, i, err)
		if err == nil {
			return nil, fmt.Errorf("%w: mosaic %s", store.ErrDelivered, id)
		}
	}
	var errs []error
	for _, i := range p.order() {
		d, err := p.stores[i].Deliver(ctx, id, token)
		p.note(ctx, i, err)
		if err == nil {
			return &noting{d, p, i}, nil
		}
		if ctx.Err() != nil || errors.Is(err, store.ErrDelivered) || errors.Is(err, store.ErrName) {
			return nil, err
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// noting is a delivery to one of the stores. What becomes of its steps says whether that one works.
type noting struct {
	store.Delivery
	pair *Store
	i    int
}

func (d *noting) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	err := d.Delivery.Put(ctx, name, write)
	d.pair.note(ctx, d.i, err)
	return err
}

func (d *noting) Show(ctx context.Context) error {
	err := d.Delivery.Show(ctx)
	d.pair.note(ctx, d.i, err)
	return err
}

func (d *noting) Commit(ctx context.Context, result job.Result) error {
	err := d.Delivery.Commit(ctx, result)
	d.pair.note(ctx, d.i, err)
	return err
}

// Manifest is as in [store.Store].
func (p *Store) Manifest(ctx context.Context, id string) (m *store.Manifest, err error) {
	err = p.first(ctx, func(ctx context.Context, s store.Store) error { m, err = s.Manifest(ctx, id); return err })
	return m, err
}

// Open is as in [store.Store].
func (p *Store) Open(ctx context.Context, id, name string) (r io.ReadCloser, err error) {
	err = p.first(ctx, func(ctx context.Context, s store.Store) error { r, err = s.Open(ctx, id, name); return err })
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Look is as in [store.Store].
func (p *Store) Look(ctx context.Context, id, token string) (m *store.Manifest, err error) {
	err = p.first(ctx, func(ctx context.Context, s store.Store) error { m, err = s.Look(ctx, id, token); return err })
	return m, err
}

// OpenLook is as in [store.Store].
func (p *Store) OpenLook(ctx context.Context, id, token, name string) (r io.ReadCloser, err error) {
	err = p.first(ctx, func(ctx context.Context, s store.Store) error { r, err = s.OpenLook(ctx, id, token, name); return err })
	if err != nil {
		return nil, err
	}
	return r, nil
}

// List names the mosaics that either store has. It needs both.
func (p *Store) List(ctx context.Context) ([]string, error) {
	a, b, err := p.lists(ctx)
	if err != nil {
		return nil, err
	}
	return append(a, missing(a, b)...), nil
}

// Delete removes a mosaic from both stores. If one is unavailable, it is removed from the other, and the
// error says so: it comes back unless it is deleted again or [Store.Deleted] reports it.
func (p *Store) Delete(ctx context.Context, id string) error {
	var errs []error
	for i, s := range p.stores {
		err := s.Delete(ctx, id)
		p.note(ctx, i, err)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Identities are those of both stores, or of the one that is available.
func (p *Store) Identities(ctx context.Context) (all []string, err error) {
	var errs []error
	for i, s := range p.stores {
		ids, err := s.Identities(ctx)
		p.note(ctx, i, err)
		all, errs = append(all, ids...), append(errs, err)
	}
	if len(all) > 0 {
		return all, nil
	}
	return nil, errors.Join(errs...)
}

// Copies are the two stores.
func (p *Store) Copies() []store.Store { return p.stores[:] }

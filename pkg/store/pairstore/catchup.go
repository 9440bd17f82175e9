package pairstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"smalti/pkg/pause"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// CatchUp copies to each store the whole mosaics that only the other one has, and reports how many. A copy
// is checked against its manifest and appears whole or not at all. It may be interrupted, repeated, and run
// by several processes at the same time. Mosaics older than keep are left to expire; deleted ones are removed.
func (p *Store) CatchUp(ctx context.Context, keep time.Duration) (copied int, err error) {
	a, b, err := p.lists(ctx)
	if err != nil {
		return 0, fmt.Errorf("comparing the stores: %w", err)
	}
	var errs []error
	for i, ids := range [][]string{missing(b, a), missing(a, b)} {
		from, to := p.stores[i], p.stores[1-i]
		for _, id := range ids {
			if ctx.Err() != nil {
				return copied, errors.Join(append(errs, context.Cause(ctx))...)
			}
			if p.Deleted != nil && p.Deleted(id) {
				if err := from.Delete(ctx, id); err != nil {
					errs = append(errs, fmt.Errorf("deleting mosaic %s: %w", id, err))
				}
				continue
			}
			did, err := copyMosaic(ctx, from, to, id, keep)
			if did {
				copied++
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("copying mosaic %s: %w", id, err))
			}
		}
	}
	return copied, errors.Join(errs...)
}

const (
	keepUpEvery = 40 * time.Second
	keepUpMost  = 6 * time.Minute // while a store is unavailable
)

// KeepUp catches up again and again until ctx ends. It logs what it copied, and the first of several failures.
func (p *Store) KeepUp(ctx context.Context, keep time.Duration, log *slog.Logger) {
	failing, wait := false, keepUpEvery
	for {
		copied, err := p.CatchUp(ctx, keep)
		if copied > 0 {
			log.Info("copied mosaics from one store to the other", "mosaics", copied)
		}
		if err != nil && !failing && ctx.Err() == nil {
			log.Warn("cannot copy mosaics from one store to the other", "error", err)
		}
		if failing = err != nil; failing {
			wait = min(2*wait, keepUpMost)
		} else {
			wait = keepUpEvery
		}
		if !pause.About(ctx, wait) {
			return
		}
	}
}

func (p *Store) lists(ctx context.Context) (a, b []string, err error) {
	for i, ids := range []*[]string{&a, &b} {
		*ids, err = p.stores[i].List(ctx)
		p.note(ctx, i, err)
		if err != nil {
			return nil, nil, err
		}
	}
	return a, b, nil
}

// missing are the ids that are not in have.
func missing(have, ids []string) []string {
	is := make(map[string]bool, len(have))
	for _, id := range have {
		is[id] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return is[id] })
}

// copyMosaic delivers a mosaic of one store to another, with the same manifest.
func copyMosaic(ctx context.Context, from, to store.Store, id string, keep time.Duration) (copied bool, err error) {
	m, err := from.Manifest(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && time.Since(m.Created) > keep {
		return false, nil // deleted meanwhile, or torn; or about to be
	}
	if err != nil {
		return false, err
	}
	d, err := to.Deliver(ctx, id, "copy-"+tree.Nonce())
	if errors.Is(err, store.ErrDelivered) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer d.Abort(ctx)
	if err := tree.Copy(ctx, d, m, func(ctx context.Context, f store.File) (io.ReadCloser, error) { return from.Open(ctx, id, f.Name) }); err != nil {
		return false, err
	}
	if _, err := from.Manifest(ctx, id); errors.Is(err, store.ErrNotFound) {
		return false, nil // deleted while it was copied
	}
	return true, d.CommitAs(ctx, m)
}

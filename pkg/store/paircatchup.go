package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"
)

// CatchUp copies to each store the whole mosaics that only the other one has, and reports how many. A
// mosaic appears there as it did here: all of it, checked against its manifest, or nothing. It does no
// harm when it is broken off, done again, or done by several at the same time. What was made longer than
// keep ago is left to expire. What was deleted is not copied but removed.
func (p *Pair) CatchUp(ctx context.Context, keep time.Duration) (copied int, err error) {
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
	keepUpEvery = time.Minute
	keepUpMost  = 10 * time.Minute // when a store is away for long
)

// KeepUp catches up again and again until ctx ends. It logs what it copied, and once that a store is away.
func (p *Pair) KeepUp(ctx context.Context, keep time.Duration, log *slog.Logger) {
	failing, pause := false, keepUpEvery
	for {
		copied, err := p.CatchUp(ctx, keep)
		if copied > 0 {
			log.Info("one store has caught up with the other", "mosaics", copied)
		}
		if err != nil && !failing && ctx.Err() == nil {
			log.Warn("one store cannot catch up with the other", "error", err)
		}
		if failing = err != nil; failing {
			pause = min(2*pause, keepUpMost)
		} else {
			pause = keepUpEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause/2 + rand.N(pause/2)): // several do this
		}
	}
}

func (p *Pair) lists(ctx context.Context) (a, b []string, err error) {
	for i, ids := range []*[]string{&a, &b} {
		*ids, err = p.stores[i].List(ctx)
		p.note(ctx, i, err)
		if err != nil {
			return nil, nil, err
		}
	}
	return a, b, nil
}

// missing is what of ids is not in have.
func missing(have, ids []string) []string {
	is := make(map[string]bool, len(have))
	for _, id := range have {
		is[id] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return is[id] })
}

// copyMosaic delivers a mosaic that is in one store to another, with its manifest as it is.
func copyMosaic(ctx context.Context, from, to Store, id string, keep time.Duration) (copied bool, err error) {
	m, err := from.Manifest(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && time.Since(m.Created) > keep {
		return false, nil // deleted meanwhile, or torn; or about to be
	}
	if err != nil {
		return false, err
	}
	d, err := to.Deliver(ctx, id, "copy-"+nonce())
	if errors.Is(err, ErrDelivered) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer d.Abort(ctx)
	if err := d.copyFrom(ctx, m, func(ctx context.Context, f File) (io.ReadCloser, error) { return from.Open(ctx, id, f.Name) }); err != nil {
		return false, err
	}
	if _, err := from.Manifest(ctx, id); errors.Is(err, ErrNotFound) {
		return false, nil // deleted while it was copied
	}
	return true, d.commitAs(ctx, m)
}

package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// batches are uploads that outlived the process that took them.
type batches struct {
	*server
	left []string // by a process that died while they came
}

// newBatches is to be called before any request is taken.
func newBatches(s *server) *batches {
	left, err := s.journal.Batches()
	if err != nil {
		s.log.Error("looking for batches of uploads", "error", err)
	}
	return &batches{server: s, left: left}
}

const retryBatches = time.Minute

// run removes what an earlier process left, and ends when that is done or ctx ends.
func (b *batches) run(ctx context.Context) {
	for {
		if b.removeLeft(ctx); len(b.left) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryBatches):
		}
	}
}

// removeLeft removes the uploads of requests that nobody was promised anything for. While a package cannot be
// read, none are: it may need them.
func (b *batches) removeLeft(ctx context.Context) {
	if len(b.left) == 0 {
		return
	}
	needed, err := b.needed()
	if err != nil {
		b.log.Warn("looking for whom uploads are", "error", err)
		return
	}
	b.left = slices.DeleteFunc(b.left, func(batch string) bool {
		if !slices.Contains(needed, batch) {
			if !b.removeBatch(ctx, batch) {
				return false
			}
			b.log.Info("removed the uploads of a request that broke off", "batch", batch)
		}
		return b.journal.EndBatch(batch) == nil
	})
}

// needed are the batches of all packages that have not ended.
func (b *batches) needed() (all []string, err error) {
	ids, err := b.journal.Open()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		p, err := b.journal.Package(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p.Uploads()...)
	}
	return all, nil
}

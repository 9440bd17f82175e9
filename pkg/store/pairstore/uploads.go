package pairstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// PutUpload is as in [store.Store], to both stores, so that the photo survives the loss of either. It succeeds if
// one takes it. The photo is read first: neither store waits for the other, or for a slow browser.
func (p *Store) PutUpload(ctx context.Context, id, name string, r io.Reader, limit int64) error {
	if err := tree.CheckUpload(id, name); err != nil {
		return err
	}
	u, err := tree.Spool(name, r, limit)
	if err != nil {
		return fmt.Errorf("reading upload %s/%s: %w", id, name, err)
	}
	defer u.Close()
	up, err := p.reachable(ctx)
	if err != nil {
		return err
	}
	errs := make([]error, len(up))
	var puts sync.WaitGroup
	for n, i := range up {
		puts.Go(func() {
			errs[n] = p.stores[i].PutUpload(ctx, id, name, u.Reader(), limit)
			p.note(ctx, i, errs[n])
		})
	}
	puts.Wait()
	for _, err := range errs {
		if err == nil {
			return nil
		}
	}
	return both(errs)
}

// reachable are the stores that answer. One that failed a moment ago is asked only if no other does.
func (p *Store) reachable(ctx context.Context) (up []int, err error) {
	var late []int
	var errs []error
	ask := func(i int) {
		err := p.stores[i].Ping(ctx)
		p.note(ctx, i, err)
		if err != nil && !errors.Is(err, store.ErrBusy) {
			errs = append(errs, err)
			return
		}
		up = append(up, i)
	}
	for i := range p.stores {
		if p.shunned(i) {
			late = append(late, i)
			continue
		}
		ask(i)
	}
	for _, i := range late {
		if len(up) == 0 {
			ask(i)
		}
	}
	if len(up) == 0 {
		return nil, errors.Join(errs...)
	}
	return up, nil
}

// OpenUpload is as in [store.Store]. If one store fails on the way, reading continues in the other.
func (p *Store) OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error) {
	order := p.order()
	r := &eitherReader{pair: p, ctx: ctx, id: id, name: name, left: order[:]}
	if err := r.next(); err != nil {
		return nil, err
	}
	return r, nil
}

// eitherReader reads an upload from one store, and after an error from the other.
type eitherReader struct {
	pair     *Store
	ctx      context.Context
	id, name string
	left     []int // stores not yet asked
	now      int
	body     io.ReadCloser
	read     int64
}

// next opens the file in the next store that has it, where reading stopped.
func (r *eitherReader) next() error {
	var errs []error
	for len(r.left) > 0 {
		r.now, r.left = r.left[0], r.left[1:]
		body, err := r.pair.stores[r.now].OpenUpload(patient(r.ctx, len(r.left) == 0), r.id, r.name)
		r.pair.note(r.ctx, r.now, err)
		if err == nil {
			if _, err = io.CopyN(io.Discard, body, r.read); err == nil {
				r.body = body
				return nil
			}
			body.Close()
			r.pair.note(r.ctx, r.now, err)
		}
		if r.ctx.Err() != nil {
			return err
		}
		errs = append(errs, err)
	}
	return both(errs)
}

func (r *eitherReader) Read(b []byte) (int, error) {
	n, err := r.body.Read(b)
	r.read += int64(n)
	if err == nil || err == io.EOF || r.ctx.Err() != nil || len(r.left) == 0 {
		return n, err
	}
	r.pair.note(r.ctx, r.now, err)
	r.body.Close()
	if other := r.next(); other != nil {
		return n, errors.Join(err, other)
	}
	return n, nil
}

func (r *eitherReader) Close() error { return r.body.Close() }

// DeleteUploads is as in [store.Store], in both stores.
func (p *Store) DeleteUploads(ctx context.Context, id string) error {
	return errors.Join(p.stores[0].DeleteUploads(ctx, id), p.stores[1].DeleteUploads(ctx, id))
}

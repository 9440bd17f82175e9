// Package mend checks finished mosaics, and replaces bad copies by good ones.
package mend

import (
	"context"
	"errors"
	"fmt"
	"io"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// single is a store of one copy: a [dirstore.Store] or a [ftpstore.Store].
type single interface {
	store.Store
	Source
	Begin(ctx context.Context, id, token string) (store.Delivery, error)
	SetAside(ctx context.Context, id string) error
}

// Source has files of mosaics.
type Source interface {
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
	ManifestOnly(ctx context.Context, id string) (*store.Manifest, error)
}

// copies are the stores that a store consists of.
func copies(s store.Store) (all []single) {
	switch s := s.(type) {
	case interface{ Copies() []store.Store }:
		for _, one := range s.Copies() {
			all = append(all, copies(one)...)
		}
	case single:
		all = []single{s}
	}
	return all
}

// Mosaic checks every copy of a finished mosaic, and replaces a bad one by what is good in the others. It
// reports whether it did. The error is a [store.ErrDamaged] or [store.ErrNotFound] if it is certain that no whole
// mosaic can be put together; with any other error, that is unknown.
func Mosaic(ctx context.Context, s store.Store, id string, depth store.Depth, pace store.Pace) (mended bool, err error) {
	return WithCache(ctx, s, nil, id, depth, pace)
}

// WithCache is Mosaic that may also take single files from a cache, unless that is nil.
func WithCache(ctx context.Context, s store.Store, cache Source, id string, depth store.Depth, pace store.Pace) (mended bool, err error) {
	if err := tree.CheckID(id); err != nil {
		return false, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	var good, bad []single
	var unknown, found error
	for _, s := range copies(s) {
		switch err := verify(ctx, s, id, depth, pace); {
		case err == nil:
			good = append(good, s)
		case lost(err):
			bad = append(bad, s)
			found = errors.Join(found, err)
		default:
			unknown = errors.Join(unknown, err)
		}
	}
	switch {
	case len(bad) == 0:
		return false, unknown
	case len(good) > 0:
		return replaceAll(ctx, good[0], bad, id, unknown)
	case unknown != nil:
		// The other store may have it. Until it is back, readers do not see the damaged one.
		return false, errors.Join(unknown, hide(ctx, bad, id))
	}
	if err := assemble(ctx, bad, cache, id); lost(err) {
		return false, found
	} else if err != nil {
		return false, err
	}
	_, err = replaceAll(ctx, bad[0], bad[1:], id, nil)
	return true, err
}

// lost reports whether err says that a mosaic is damaged or missing, rather than that a store is away.
func lost(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged)
}

// hide hides damaged copies from readers.
func hide(ctx context.Context, stores []single, id string) error {
	for _, s := range stores {
		if errors.Is(verify(ctx, s, id, store.Sizes, nil), store.ErrNotFound) {
			continue // they do not see it
		}
		if err := s.SetAside(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// replaceAll replaces the mosaic in bad stores by that of a good one. With nothing else to report, the
// error is result.
func replaceAll(ctx context.Context, good single, bad []single, id string, result error) (replaced bool, err error) {
	for _, s := range bad {
		m, err := good.Manifest(ctx, id)
		if err != nil {
			return replaced, err
		}
		if err := redeliver(ctx, s, m, func(ctx context.Context, f store.File) (io.ReadCloser, error) { return good.Open(ctx, id, f.Name) }); err != nil {
			return replaced, err
		}
		replaced = true
	}
	return replaced, result
}

// assemble puts a mosaic together from the good files of bad copies, and replaces the first of these.
func assemble(ctx context.Context, bad []single, cache Source, id string) error {
	var sources []Source
	for _, s := range bad {
		sources = append(sources, s)
	}
	if cache != nil {
		sources = append(sources, cache)
	}
	if len(sources) == 1 {
		return store.ErrDamaged
	}
	var m *store.Manifest
	err := firstOf(sources, func(s Source) (err error) { m, err = s.ManifestOnly(ctx, id); return err })
	if err != nil {
		return err
	}
	from := map[string]Source{}
	for _, f := range m.Files {
		if err := firstOf(sources, func(s Source) error {
			from[f.Name] = s
			return Compare(ctx, s, id, f, nil)
		}); err != nil {
			return err
		}
	}
	return redeliver(ctx, bad[0], m, func(ctx context.Context, f store.File) (io.ReadCloser, error) {
		return from[f.Name].Open(ctx, id, f.Name)
	})
}

// firstOf asks one source after the other until one has what is needed. The mosaic is lost only if all
// say so.
func firstOf(sources []Source, ask func(Source) error) error {
	var said, unknown error
	for _, s := range sources {
		switch err := ask(s); {
		case err == nil:
			return nil
		case lost(err):
			said = err
		default:
			unknown = err
		}
	}
	if unknown != nil {
		return unknown
	}
	return said
}

// redeliver replaces a bad copy of a mosaic, which is moved away at the last moment.
func redeliver(ctx context.Context, to single, m *store.Manifest, open func(context.Context, store.File) (io.ReadCloser, error)) error {
	d, err := to.Begin(ctx, m.ID, "mended-"+tree.Nonce())
	if err != nil {
		return err
	}
	defer d.Abort(ctx)
	if err := tree.Copy(ctx, d, m, open); err != nil {
		return err
	}
	if err := to.SetAside(ctx, m.ID); err != nil {
		return err
	}
	return d.CommitAs(ctx, m)
}

// verify returns nil for a mosaic that is whole: by its sizes, or also by its hashes.
func verify(ctx context.Context, s store.Store, id string, depth store.Depth, pace store.Pace) error {
	m, err := s.Manifest(ctx, id)
	if err != nil || depth == store.Sizes || m.Expired() {
		return err
	}
	for _, f := range m.Files {
		if err := Compare(ctx, s, id, f, pace); err != nil {
			return err
		}
	}
	return nil
}

// Compare reads a file of a mosaic to its end. The error is a [store.ErrDamaged] if it is not as listed.
func Compare(ctx context.Context, s opener, id string, f store.File, pace store.Pace) error {
	r, err := s.Open(ctx, id, f.Name)
	if err != nil {
		return err
	}
	err = tree.CopyListed(io.Discard, &tree.PacedReader{Ctx: ctx, From: r, Pace: pace}, f)
	_ = r.Close()
	return err
}

type opener interface {
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
}

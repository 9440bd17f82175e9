package store

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrDamaged means that a file of a finished mosaic is not as its manifest says.
var ErrDamaged = errors.New("damaged in the store")

// Pace is called with a number of bytes before they are read, and may wait. Its error ends the reading.
type Pace func(ctx context.Context, bytes int) error

// Depth is how closely a mosaic is checked.
type Depth int

// The depths: Sizes asks for the files' sizes, Hashes reads every byte.
const (
	Sizes Depth = iota
	Hashes
)

// single is a store of one copy: a [Dir] or a [Remote].
type single interface {
	Store
	source
	begin(ctx context.Context, id, token string) (*Delivery, error)
	setAside(ctx context.Context, id string) error
}

// source has files of mosaics.
type source interface {
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
	manifestOnly(ctx context.Context, id string) (*Manifest, error)
}

// copies are the stores that a store consists of.
func copies(s Store) (all []single) {
	switch s := s.(type) {
	case *Pair:
		return append(copies(s.stores[0]), copies(s.stores[1])...)
	case single:
		return []single{s}
	}
	return nil
}

// Mend checks every copy of a finished mosaic, and replaces a bad one by what is good in the others. It
// reports whether it did. The error is an [ErrDamaged] or [ErrNotFound] if it is certain that no whole
// mosaic can be put together; with any other error, that is unknown.
func Mend(ctx context.Context, s Store, id string, depth Depth, pace Pace) (mended bool, err error) {
	return mend(ctx, copies(s), nil, id, depth, pace)
}

// mend may also take single files from a cache, unless that is nil.
func mend(ctx context.Context, stores []single, cache source, id string, depth Depth, pace Pace) (mended bool, err error) {
	if err := checkID(id); err != nil {
		return false, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	var good, bad []single
	var unknown, found error
	for _, s := range stores {
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
func lost(err error) bool { return errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) }

// hide hides damaged copies from readers.
func hide(ctx context.Context, stores []single, id string) error {
	for _, s := range stores {
		if errors.Is(verify(ctx, s, id, Sizes, nil), ErrNotFound) {
			continue // they do not see it
		}
		if err := s.setAside(ctx, id); err != nil {
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
		if err := redeliver(ctx, s, m, func(ctx context.Context, f File) (io.ReadCloser, error) { return good.Open(ctx, id, f.Name) }); err != nil {
			return replaced, err
		}
		replaced = true
	}
	return replaced, result
}

// assemble puts a mosaic together from the good files of bad copies, and replaces the first of these.
func assemble(ctx context.Context, bad []single, cache source, id string) error {
	var sources []source
	for _, s := range bad {
		sources = append(sources, s)
	}
	if cache != nil {
		sources = append(sources, cache)
	}
	if len(sources) == 1 {
		return ErrDamaged
	}
	var m *Manifest
	err := firstOf(sources, func(s source) (err error) { m, err = s.manifestOnly(ctx, id); return err })
	if err != nil {
		return err
	}
	from := map[string]source{}
	for _, f := range m.Files {
		if err := firstOf(sources, func(s source) error {
			from[f.Name] = s
			return compare(ctx, s, id, f, nil)
		}); err != nil {
			return err
		}
	}
	return redeliver(ctx, bad[0], m, func(ctx context.Context, f File) (io.ReadCloser, error) { return from[f.Name].Open(ctx, id, f.Name) })
}

// firstOf asks one source after the other until one has what is needed. The mosaic is lost only if all
// say so.
func firstOf(sources []source, ask func(source) error) error {
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
func redeliver(ctx context.Context, to single, m *Manifest, open func(context.Context, File) (io.ReadCloser, error)) error {
	d, err := to.begin(ctx, m.ID, "mended-"+nonce())
	if err != nil {
		return err
	}
	defer d.Abort(ctx)
	if err := d.copyFrom(ctx, m, open); err != nil {
		return err
	}
	if err := to.setAside(ctx, m.ID); err != nil {
		return err
	}
	return d.commitAs(ctx, m)
}

// verify returns nil for a mosaic that is whole: by its sizes, or also by its hashes.
func verify(ctx context.Context, s Store, id string, depth Depth, pace Pace) error {
	m, err := s.Manifest(ctx, id)
	if err != nil || depth == Sizes || m.expired() {
		return err
	}
	for _, f := range m.Files {
		if err := compare(ctx, s, id, f, pace); err != nil {
			return err
		}
	}
	return nil
}

// compare reads a file of a mosaic to its end. The error is an [ErrDamaged] if it is not as listed.
func compare(ctx context.Context, s opener, id string, f File, pace Pace) error {
	r, err := s.Open(ctx, id, f.Name)
	if err != nil {
		return err
	}
	err = copyListed(io.Discard, &pacedReader{ctx, r, pace}, f)
	_ = r.Close()
	return err
}

type opener interface {
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
}

// pacedReader reads at a pace, which may be nil, until ctx ends.
type pacedReader struct {
	ctx  context.Context
	from io.Reader
	pace Pace
}

func (r *pacedReader) Read(p []byte) (int, error) {
	err := r.ctx.Err()
	if err == nil && r.pace != nil {
		err = r.pace(r.ctx, len(p))
	}
	if err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// ErrDamaged means that a file of a finished mosaic is not there as its manifest says.
var ErrDamaged = errors.New("damaged in the store")

// Pace is told of bytes before they are read, and may wait. Its error ends the reading.
type Pace func(ctx context.Context, bytes int) error

// Depth is how closely a mosaic is looked at.
type Depth int

// The depths: Sizes asks for the files' sizes, Hashes reads every byte.
const (
	Sizes Depth = iota
	Hashes
)

// single is a store of one copy: a [Dir] or a [Remote].
type single interface {
	Store
	begin(ctx context.Context, id, token string) (*Delivery, error)
	manifestAlone(ctx context.Context, id string) (*Manifest, error)
	setAside(ctx context.Context, id string) error
}

// source has files of mosaics.
type source interface {
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
	manifestAlone(ctx context.Context, id string) (*Manifest, error)
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

// Mend looks at every copy that the store should have of a finished mosaic, and replaces a bad one by
// what is good in the others. It reports whether it did. The error is an [ErrDamaged] or [ErrNotFound]
// when no whole mosaic could be put together, and that is certain; with any other error, nobody knows.
func Mend(ctx context.Context, s Store, id string, depth Depth, pace Pace) (mended bool, err error) {
	return mend(ctx, copies(s), nil, id, depth, pace)
}

// mend may also take single files from elsewhere.
func mend(ctx context.Context, stores []single, elsewhere source, id string, depth Depth, pace Pace) (mended bool, err error) {
	if err := checkID(id); err != nil {
		return false, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	var good, bad []single
	var unknown, found error
	for _, s := range stores {
		err := verify(ctx, s, id, depth, pace)
		switch {
		case err == nil:
			good = append(good, s)
		case errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound):
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
		for _, s := range bad {
			if err := replace(ctx, good[0], s, id); err != nil {
				return mended, err
			}
			mended = true
		}
		return mended, unknown
	case unknown != nil:
		// The other store may have it. Until it is back, nobody is shown the damaged one.
		for _, s := range bad {
			if errors.Is(verify(ctx, s, id, Sizes, nil), ErrNotFound) {
				continue
			}
			if err := s.setAside(ctx, id); err != nil {
				return false, errors.Join(unknown, err)
			}
		}
		return false, unknown
	}
	if err := assemble(ctx, bad, elsewhere, id); err != nil {
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
			err = found
		}
		return false, err
	}
	for _, s := range bad[1:] {
		if err := replace(ctx, bad[0], s, id); err != nil {
			return true, err
		}
	}
	return true, nil
}

// replace puts the mosaic of one store in the place of another's.
func replace(ctx context.Context, from, to single, id string) error {
	m, err := from.Manifest(ctx, id)
	if err != nil {
		return err
	}
	return redeliver(ctx, to, m, func(f File) (io.ReadCloser, error) { return from.Open(ctx, id, f.Name) })
}

// assemble puts a mosaic together from the good files of bad copies, and puts it in the place of the
// first of them.
func assemble(ctx context.Context, bad []single, elsewhere source, id string) error {
	var sources []source
	for _, s := range bad {
		sources = append(sources, s)
	}
	if elsewhere != nil {
		sources = append(sources, elsewhere)
	}
	if len(sources) == 1 {
		return ErrDamaged
	}
	var m *Manifest
	err := firstOf(sources, func(s source) (err error) { m, err = s.manifestAlone(ctx, id); return err })
	if err != nil {
		return err
	}
	from := map[string]source{}
	for _, f := range m.Files {
		err := firstOf(sources, func(s source) error {
			r, err := s.Open(ctx, id, f.Name)
			if err != nil {
				return err
			}
			from[f.Name] = s
			return errors.Join(compare(ctx, r, f, nil), r.Close())
		})
		if err != nil {
			return err
		}
	}
	return redeliver(ctx, bad[0], m, func(f File) (io.ReadCloser, error) { return from[f.Name].Open(ctx, id, f.Name) })
}

// firstOf asks one source after the other until one has what is needed. An ErrNotFound or ErrDamaged is
// the answer only of all.
func firstOf(sources []source, ask func(source) error) error {
	var said, unknown error
	for _, s := range sources {
		err := ask(s)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged):
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

// redeliver delivers a mosaic in the place of a bad copy, which is moved away at the last moment.
func redeliver(ctx context.Context, to single, m *Manifest, open func(File) (io.ReadCloser, error)) error {
	d, err := to.begin(ctx, m.ID, "mended-"+nonce())
	if err != nil {
		return err
	}
	defer d.Abort(ctx)
	for _, f := range m.Files {
		err := d.Put(ctx, f.Name, func(w io.Writer) error {
			r, err := open(f)
			if err != nil {
				return err
			}
			return errors.Join(copyListed(w, r, f), r.Close())
		})
		if err != nil {
			return err
		}
	}
	if err := to.setAside(ctx, m.ID); err != nil {
		return err
	}
	return d.commitAs(ctx, m)
}

// verify returns nil for a mosaic that is whole. With Sizes that is what the manifest and the sizes say.
func verify(ctx context.Context, s Store, id string, depth Depth, pace Pace) error {
	m, err := s.Manifest(ctx, id)
	if err != nil || depth == Sizes || m.expired() {
		return err
	}
	for _, f := range m.Files {
		r, err := s.Open(ctx, id, f.Name)
		if err != nil {
			return err
		}
		err = compare(ctx, r, f, pace)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// compare reads a file to its end. The error is an [ErrDamaged] where it is not as listed.
func compare(ctx context.Context, r io.Reader, f File, pace Pace) error {
	sum := summer{hash: sha256.New()}
	buffer := make([]byte, 64<<10)
	for sum.bytes <= f.Bytes {
		if pace != nil {
			if err := pace(ctx, len(buffer)); err != nil {
				return err
			}
		}
		n, err := r.Read(buffer)
		sum.Write(buffer[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if got := sum.file(f.Name); got != f {
		return fmt.Errorf("%w: %s has %d bytes and hash %s, not %d and %s as listed", ErrDamaged, f.Name, got.Bytes, got.SHA256, f.Bytes, f.SHA256)
	}
	return nil
}

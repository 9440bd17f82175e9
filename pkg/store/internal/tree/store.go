package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"smalti/pkg/store"
)

// Store is a store in a tree of files, but for what the kinds of trees do differently.
type Store struct{ tree Tree }

// New returns the store in a tree.
func New(t Tree) Store { return Store{t} }

// Manifest is as in [store.Store].
func (s Store) Manifest(ctx context.Context, id string) (*store.Manifest, error) {
	if err := CheckID(id); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return ManifestIn(ctx, s.tree, MosaicPath(id), id)
}

// ManifestOnly returns the manifest of a finished mosaic whatever its files are like.
func (s Store) ManifestOnly(ctx context.Context, id string) (*store.Manifest, error) {
	return readManifest(ctx, s.tree, MosaicPath(id), id)
}

// SetAside hides a damaged mosaic from readers. It is removed when it is old.
func (s Store) SetAside(ctx context.Context, id string) error {
	if there, err := s.tree.HasDir(ctx, MosaicPath(id)); err != nil || !there {
		return err
	}
	return s.tree.Rename(ctx, MosaicPath(id), incomingPath(id, "damaged-"+Nonce()))
}

// List is as in [store.Store].
func (s Store) List(ctx context.Context) ([]string, error) {
	names, err := s.tree.List(ctx, MosaicsDir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return !ValidID(name) }), nil
}

// Open is as in [store.Store].
func (s Store) Open(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if err := checkName(id, name); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return s.tree.Open(ctx, MosaicPath(id)+"/"+name)
}

// Delete is as in [store.Store].
func (s Store) Delete(ctx context.Context, id string) error {
	if err := CheckID(id); err != nil {
		return err
	}
	aside := incomingPath(id, "deleted-"+Nonce())
	if err := s.tree.Rename(ctx, MosaicPath(id), aside); err != nil {
		if there, dirErr := s.tree.HasDir(ctx, MosaicPath(id)); there || dirErr != nil {
			return err
		}
		return nil
	}
	return s.tree.RemoveDir(ctx, aside)
}

// OpenUpload is as in [store.Store].
func (s Store) OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if err := CheckUpload(id, name); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	path := UploadPath(id) + "/" + name
	size, err := s.tree.Size(ctx, path)
	var r io.ReadCloser
	if err == nil {
		r, err = s.tree.Open(ctx, path)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, s.confirmGone(ctx, id, name, err)
	case err != nil:
		return nil, err
	}
	return &exactReader{ReadCloser: r, left: size}, nil
}

// exactReader fails when a file ends before its size. An FTP server reports success as soon as its system
// has taken the last bytes; if a proxy then ends the data connection, they are lost without an error.
type exactReader struct {
	io.ReadCloser
	left int64
}

func (r *exactReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.left -= int64(n); errors.Is(err, io.EOF) && r.left > 0 {
		err = fmt.Errorf("%w: %d bytes are missing at the end: %w", store.ErrUnavailable, r.left, io.ErrUnexpectedEOF)
	}
	return n, err
}

// confirmGone looks again for a photo that the store does not find. FTP has one reply for a file that does
// not exist, one that may not be read, and a disk that is not mounted.
func (s Store) confirmGone(ctx context.Context, id, name string, gone error) error {
	names, err := s.tree.List(ctx, UploadPath(id))
	photos := slices.DeleteFunc(names, func(n string) bool { return n == store.JobUpload })
	switch {
	case err != nil:
		return err
	case len(photos) == 0:
		return fmt.Errorf("%w: batch %s", store.ErrLost, id)
	case slices.Contains(photos, name):
		return fmt.Errorf("%w: upload %s/%s is listed, but cannot be read: %s", store.ErrUnavailable, id, name, gone.Error())
	}
	return gone
}

// DeleteUploads is as in [store.Store].
func (s Store) DeleteUploads(ctx context.Context, id string) error {
	if err := CheckID(id); err != nil {
		return err
	}
	return s.tree.RemoveDir(ctx, UploadPath(id))
}

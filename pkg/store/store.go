package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Store is what every store can do: a [Dir], a [Remote], a [Pair] of them. Its methods may be called
// concurrently.
type Store interface {
	// Ping reports whether the store can be used.
	Ping(ctx context.Context) error
	// Identities are what tells this store from all others: a random name, or two of a [Pair].
	Identities(ctx context.Context) ([]string, error)

	// Deliver begins to deliver a mosaic. The token names the attempt: no two attempts at the same mosaic
	// may share one. ErrDelivered if the mosaic is already there, whole.
	Deliver(ctx context.Context, id, token string) (*Delivery, error)
	// Manifest describes a finished mosaic whose files are all there with their sizes; hashes are not
	// compared. ErrNotFound if there is no such mosaic, or no whole one.
	Manifest(ctx context.Context, id string) (*Manifest, error)
	// Open reads one file of a finished mosaic, or its manifest. ErrNotFound if there is none. The reader
	// fails rather than ends early; it must be closed.
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
	// List names the mosaics, in no order and whole or not, in one request.
	List(ctx context.Context) ([]string, error)
	// Delete removes a mosaic. For readers it is gone at once. One that does not exist is fine.
	Delete(ctx context.Context, id string) error

	// PutUpload keeps a photo for the mosaic id. It appears whole or not at all, and replaces an earlier
	// one of that name. The error is a [TooLargeError] if r has more than limit bytes.
	PutUpload(ctx context.Context, id, name string, r io.Reader, limit int64) error
	// OpenUpload reads such a photo. ErrNotFound if only this one is missing, ErrLost if the mosaic has no
	// photos at all. The reader fails rather than ends early; it must be closed.
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
	// DeleteUploads removes all photos for a mosaic. None is fine.
	DeleteUploads(ctx context.Context, id string) error
}

// treeStore is what Dir and Remote have in common: a store in a tree of files.
type treeStore struct{ tree tree }

// Manifest is as in [Store].
func (s treeStore) Manifest(ctx context.Context, id string) (*Manifest, error) {
	if err := checkID(id); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return manifestIn(ctx, s.tree, mosaicPath(id), id)
}

// manifestOnly returns the manifest of a finished mosaic whatever its files are like.
func (s treeStore) manifestOnly(ctx context.Context, id string) (*Manifest, error) {
	return readManifest(ctx, s.tree, mosaicPath(id), id)
}

// setAside hides a damaged mosaic from readers. It is removed when it is old.
func (s treeStore) setAside(ctx context.Context, id string) error {
	if there, err := s.tree.hasDir(ctx, mosaicPath(id)); err != nil || !there {
		return err
	}
	return s.tree.rename(ctx, mosaicPath(id), incomingPath(id, "damaged-"+nonce()))
}

// List is as in [Store].
func (s treeStore) List(ctx context.Context) ([]string, error) {
	names, err := s.tree.list(ctx, mosaicsDir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return !validID(name) }), nil
}

// Open is as in [Store].
func (s treeStore) Open(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if err := checkName(id, name); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return s.tree.open(ctx, mosaicPath(id)+"/"+name)
}

// Delete is as in [Store].
func (s treeStore) Delete(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	aside := incomingPath(id, "deleted-"+nonce())
	if err := s.tree.rename(ctx, mosaicPath(id), aside); err != nil {
		if there, dirErr := s.tree.hasDir(ctx, mosaicPath(id)); there || dirErr != nil {
			return err
		}
		return nil
	}
	return s.tree.removeDir(ctx, aside)
}

// OpenUpload is as in [Store].
func (s treeStore) OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if err := checkUpload(id, name); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	path := uploadPath(id) + "/" + name
	size, err := s.tree.size(ctx, path)
	var r io.ReadCloser
	if err == nil {
		r, err = s.tree.open(ctx, path)
	}
	switch {
	case errors.Is(err, ErrNotFound):
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
		err = fmt.Errorf("%w: %d bytes are missing at the end: %w", ErrUnavailable, r.left, io.ErrUnexpectedEOF)
	}
	return n, err
}

// confirmGone looks again for a photo that the store does not find. FTP has one reply for a file that does
// not exist, one that may not be read, and a disk that is not mounted.
func (s treeStore) confirmGone(ctx context.Context, id, name string, gone error) error {
	names, err := s.tree.list(ctx, uploadPath(id))
	photos := slices.DeleteFunc(names, func(n string) bool { return n == JobUpload })
	switch {
	case err != nil:
		return err
	case len(photos) == 0:
		return fmt.Errorf("%w: batch %s", ErrLost, id)
	case slices.Contains(photos, name):
		return fmt.Errorf("%w: upload %s/%s is listed, but cannot be read: %s", ErrUnavailable, id, name, gone.Error())
	}
	return gone
}

// DeleteUploads is as in [Store].
func (s treeStore) DeleteUploads(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	return s.tree.removeDir(ctx, uploadPath(id))
}

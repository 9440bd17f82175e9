package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// tree is what a store is kept in. Paths are relative to it, with slashes, and made of checked names
// only. Its methods may be called at the same time.
type tree interface {
	// open reads a file. The reader fails rather than ends early. ErrNotFound when there is none.
	open(ctx context.Context, path string) (io.ReadCloser, error)
	// write makes a file of what fill writes, and returns how many bytes the store then has of it.
	// It may call fill again, which then must write the same. After an error, part of a file may
	// stand there.
	write(ctx context.Context, path string, fill func(io.Writer) error) (stored int64, err error)
	// check compares a file with what was written, as far as the tree can tell without being read;
	// errOtherBytes where it is not the same.
	check(ctx context.Context, path string, want File) error
	// size asks for a file's length. ErrNotFound when there is none.
	size(ctx context.Context, path string) (int64, error)
	// list names what is in a directory; nothing where there is no such directory.
	list(ctx context.Context, path string) ([]string, error)
	// makeDir makes a directory and those above it. One that is there already is fine.
	makeDir(ctx context.Context, path string) error
	// hasDir reports whether there is such a directory.
	hasDir(ctx context.Context, path string) (bool, error)
	// rename moves a directory in one step, and fails where that would replace a file or a directory
	// that holds anything.
	rename(ctx context.Context, from, to string) error
	// removeDir removes a directory and the files in it. One that is not there is fine.
	removeDir(ctx context.Context, path string) error
}

// shelf is what Dir and Remote have in common: how mosaics are kept in a tree.
type shelf struct{ tree tree }

// Manifest returns the manifest of a finished mosaic whose files are all there with their sizes.
// Their hashes are not looked at again. ErrNotFound when there is no such mosaic, or no whole one.
func (s shelf) Manifest(ctx context.Context, id string) (*Manifest, error) {
	if err := checkID(id); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return manifestIn(ctx, s.tree, mosaicPath(id), id)
}

// manifestAlone returns the manifest of a finished mosaic whatever its files are like.
func (s shelf) manifestAlone(ctx context.Context, id string) (*Manifest, error) {
	return readManifest(ctx, s.tree, mosaicPath(id), id)
}

// setAside takes a mosaic that is damaged out of readers' sight. What is set aside is swept up by age.
func (s shelf) setAside(ctx context.Context, id string) error {
	if there, err := s.tree.hasDir(ctx, mosaicPath(id)); err != nil || !there {
		return err
	}
	return s.tree.rename(ctx, mosaicPath(id), incomingPath(id, "damaged-"+nonce()))
}

// List names the mosaics that there are, in no order, in one question to the store. Whether one is whole,
// its Manifest tells.
func (s shelf) List(ctx context.Context) ([]string, error) {
	names, err := s.tree.list(ctx, mosaicsDir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return !validID(name) }), nil
}

// Open reads one file of a finished mosaic, the manifest among them. ErrNotFound when there is none.
// The reader fails rather than ends early; it must be closed.
func (s shelf) Open(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if err := checkName(id, name); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return s.tree.open(ctx, mosaicPath(id)+"/"+name)
}

// Delete removes a mosaic. To readers it is gone at once, all of it. Deleting one that is not there
// is fine.
func (s shelf) Delete(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	aside := incomingPath(id, "deleted-"+nonce())
	if err := s.tree.rename(ctx, mosaicPath(id), aside); err != nil {
		if there, lookErr := s.tree.hasDir(ctx, mosaicPath(id)); there || lookErr != nil {
			return err
		}
		return nil
	}
	return s.tree.removeDir(ctx, aside)
}

// OpenUpload reads a photo that somebody gave. ErrNotFound when others of its batch are there, and it
// is not; ErrLost when the whole batch is gone. The reader fails rather than ends early; it must be
// closed.
func (s shelf) OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if err := checkUpload(id, name); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	size, err := s.tree.size(ctx, uploadPath(id)+"/"+name)
	var r io.ReadCloser
	if err == nil {
		r, err = s.tree.open(ctx, uploadPath(id)+"/"+name)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, s.confirmGone(ctx, id, name, err)
	case err != nil:
		return nil, err
	}
	return &exactReader{ReadCloser: r, left: size}, nil
}

// exactReader fails where a file ends before its size. An FTP server says that all went well as soon as
// its system has taken the last bytes; when something between it and us then ends the data connection,
// they are lost without a word.
type exactReader struct {
	io.ReadCloser
	left int64
}

func (r *exactReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.left -= int64(n); err == io.EOF && r.left > 0 {
		err = fmt.Errorf("%w: %d bytes are missing at the end: %w", ErrUnavailable, r.left, io.ErrUnexpectedEOF)
	}
	return n, err
}

// confirmGone looks for a photo that the store says it has not got. A server has but one word for a file
// that is not there, one that may not be read, and a disk that is not mounted.
func (s shelf) confirmGone(ctx context.Context, id, name string, gone error) error {
	names, err := s.tree.list(ctx, uploadPath(id))
	photos := slices.DeleteFunc(names, func(n string) bool { return n == JobUpload })
	switch {
	case err != nil:
		return err
	case len(photos) == 0:
		return fmt.Errorf("%w: batch %s", ErrLost, id)
	case slices.Contains(photos, name):
		return fmt.Errorf("%w: upload %s/%s is listed, but cannot be read: %s", ErrUnavailable, id, name, gone)
	}
	return gone
}

// DeleteUploads removes every photo that was given for a mosaic. None there is fine.
func (s shelf) DeleteUploads(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	return s.tree.removeDir(ctx, uploadPath(id))
}

// copyUpload returns what fills the upload name from r, and stops with a [TooLarge] as soon as there
// are more than limit bytes.
func copyUpload(name string, r io.Reader, limit int64, copied *int64) func(io.Writer) error {
	return func(w io.Writer) (err error) {
		if *copied, err = io.Copy(w, io.LimitReader(r, limit)); err != nil {
			return err
		}
		var more [1]byte
		switch _, err := io.ReadFull(r, more[:]); err {
		case io.EOF:
			return nil
		case nil:
			return &TooLarge{name, limit}
		default:
			return err
		}
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
)

// tempDir holds what is being written or removed. Clients do not see it.
const tempDir = ".tmp"

// syncEvery bounds how much of a file is not on the disk yet, so that a sender is slowed down on the way
// instead of waiting long at the end, which looks like a dead server.
const syncEvery = 32 << 20 // bytes

// Dir is a store in a local directory. Nothing leads out of that directory, not even symbolic links. What a
// method has written is on the disk. Several processes may use one directory.
//
// While the directory is moved, removed or unmounted, every call is an [ErrUnavailable].
type Dir struct {
	treeStore
	root *root

	mu    sync.Mutex
	known string // the identity; "" until it is known
}

// OpenDir opens the store in a directory, which it makes if need be.
func OpenDir(dir string) (*Dir, error) { return openDir(dir, false) }

// OpenCache is OpenDir for the cache of a [Mirror]: if it is lost, a new one is made.
func OpenCache(dir string) (*Dir, error) { return openDir(dir, true) }

func openDir(dir string, renew bool) (*Dir, error) {
	root, err := openRoot(dir, renew)
	if err != nil {
		return nil, err
	}
	d := &Dir{root: root}
	d.tree = dirTree{root}
	return d, nil
}

// Close closes the directory. Open files stay open.
func (d *Dir) Close() error { return d.root.Close() }

// Ping reports whether the directory is there.
func (d *Dir) Ping(context.Context) error {
	if _, err := d.root.now(); err != nil {
		return fmt.Errorf("looking at the store: %w", err)
	}
	return nil
}

// OpenFile opens one file that the manifest of a finished mosaic lists, for reading and seeking.
// ErrNotFound when there is none.
func (d *Dir) OpenFile(ctx context.Context, id, name string) (*os.File, File, error) {
	m, err := d.Manifest(ctx, id)
	if err != nil {
		return nil, File{}, err
	}
	return openListed(d.root, m, name)
}

func openListed(root *root, m *Manifest, name string) (*os.File, File, error) {
	entry, ok := m.File(name)
	if !ok {
		return nil, File{}, fmt.Errorf("%w: mosaic %s has no file %q", ErrNotFound, m.ID, name)
	}
	f, err := openRegular(root, mosaicPath(m.ID)+"/"+name)
	return f, entry, err
}

// statRegular describes a regular file: opening a named pipe, for instance, would wait for ever.
func statRegular(root *root, path string) (fs.FileInfo, error) {
	info, err := root.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a file", ErrNotFound, path)
	}
	return info, nil
}

// openRegular opens a regular file.
func openRegular(root *root, path string) (*os.File, error) {
	if _, err := statRegular(root, path); err != nil {
		return nil, err
	}
	f, err := root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return f, err
}

// Mend is [Mend] for this one copy, which can only be checked.
func (d *Dir) Mend(ctx context.Context, id string, depth Depth, pace Pace) (mended bool, err error) {
	return Mend(ctx, d, id, depth, pace)
}

// PutUpload is as in [Store].
func (d *Dir) PutUpload(ctx context.Context, id, name string, r io.Reader, limit int64) error {
	if err := checkUpload(id, name); err != nil {
		return err
	}
	if err := d.tree.makeDir(ctx, uploadPath(id)); err != nil {
		return err
	}
	if _, err := d.tree.write(ctx, uploadPath(id)+"/"+name, func(w io.Writer) error { return copyUpload(w, name, r, limit) }); err != nil {
		return fmt.Errorf("keeping upload %s: %w", path.Join(id, name), err)
	}
	return nil
}

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

// tempDir holds what is being written and what is being removed. It is no part of the store that
// anybody sees.
const tempDir = ".tmp"

// syncEvery bounds how much of a file waits for the disk: a sender feels the disk's pace on the way,
// instead of a long silence at the end that looks like a dead server.
const syncEvery = 32 << 20 // bytes

// Dir is a store in a local directory. Nothing that it is asked for leads out of that directory,
// symbolic links neither. Files and directories are synced to the disk before they count as there.
// Its methods may be called at the same time, and by several processes.
//
// When the directory is moved, removed or unmounted, everything is an [ErrUnavailable] until the store is
// there again.
type Dir struct {
	treeStore
	root *root

	mu    sync.Mutex
	known string // the identity, once it is known
}

// OpenDir opens the store in a directory, and makes that directory if need be.
func OpenDir(dir string) (*Dir, error) { return openDir(dir, false) }

// OpenCache is OpenDir for the cache of a [Mirror]: when it is lost, a new one is made.
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

// Close lets go of the directory. Files that are open stay so.
func (d *Dir) Close() error { return d.root.Close() }

// Ping reports whether the store is there.
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

// openRegular opens a file, and nothing else: a directory can be opened too, and a named pipe would
// wait for ever.
func openRegular(root *root, path string) (*os.File, error) {
	info, err := root.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is no file", ErrNotFound, path)
	}
	f, err := root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return f, err
}

// Mend is as the function of that name, for this one copy: it can only tell.
func (d *Dir) Mend(ctx context.Context, id string, depth Depth, pace Pace) (mended bool, err error) {
	return Mend(ctx, d, id, depth, pace)
}

// PutUpload keeps a photo that somebody gave for the mosaic id. It appears whole or not at all, and
// replaces an earlier one of that name. The error is a [TooLarge] when r has more than limit bytes.
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

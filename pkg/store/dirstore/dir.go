// Package dirstore is a store in a local directory.
package dirstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/disk"
	"smalti/pkg/store/internal/tree"
	"smalti/pkg/store/mend"
)

// Store is a store in a local directory. Nothing leads out of that directory, not even symbolic links. What a
// method has written is on the disk. Several processes may use one directory.
//
// While the directory is moved, removed or unmounted, every call is a [store.ErrUnavailable].
type Store struct {
	tree.Store
	files disk.Tree

	mu    sync.Mutex
	known string // the identity; "" until it is known
}

// Open opens the store in a directory, which it makes if need be.
func Open(dir string) (*Store, error) { return openDir(dir, false) }

// OpenCache is Open for the cache of a [mirror.Store]: if it is lost, a new one is made.
func OpenCache(dir string) (*Store, error) { return openDir(dir, true) }

func openDir(dir string, renew bool) (*Store, error) {
	root, err := disk.OpenRoot(dir, renew)
	if err != nil {
		return nil, err
	}
	files := disk.Tree{Root: root}
	return &Store{Store: tree.New(files), files: files}, nil
}

// Close closes the directory. Open files stay open.
func (d *Store) Close() error { return d.files.Root.Close() }

// Ping reports whether the directory is there.
func (d *Store) Ping(context.Context) error {
	if err := d.files.Root.Ping(); err != nil {
		return fmt.Errorf("looking at the store: %w", err)
	}
	return nil
}

// Manifest is as in [store.Store].
func (d *Store) Manifest(ctx context.Context, id string) (*store.Manifest, error) {
	mosaic, m, err := d.mosaic(ctx, id)
	if err != nil {
		return nil, err
	}
	return m, mosaic.Close()
}

// OpenFile opens one file that the manifest of a finished mosaic lists, for reading and seeking.
// [store.ErrNotFound] when there is none, and [store.ErrDamaged] as well when any file of the mosaic is missing or
// has another size than listed.
func (d *Store) OpenFile(ctx context.Context, id, name string) (*os.File, store.File, error) {
	mosaic, m, err := d.mosaic(ctx, id)
	if err != nil {
		return nil, store.File{}, err
	}
	defer func() { _ = mosaic.Close() }()
	entry, ok := m.File(name)
	if !ok {
		return nil, store.File{}, noFile(m, name)
	}
	f, err := mosaic.OpenRegular(name)
	return f, entry, err
}

// mosaic opens the directory of a finished mosaic that is whole, or has expired. The caller closes it.
func (d *Store) mosaic(ctx context.Context, id string) (disk.Dir, *store.Manifest, error) {
	if err := tree.CheckID(id); err != nil {
		return disk.Dir{}, nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	dir, err := d.files.Dir(tree.MosaicPath(id))
	if err != nil {
		return disk.Dir{}, nil, err
	}
	m, err := tree.ManifestIn(ctx, dir, ".", id)
	if err != nil {
		_ = dir.Close()
		return disk.Dir{}, nil, err
	}
	return dir, m, nil
}

func noFile(m *store.Manifest, name string) error {
	return fmt.Errorf("%w: mosaic %s has no file %q", store.ErrNotFound, m.ID, name)
}

// OpenListed opens a file that a manifest lists. If it is not there with its size, the error is a
// [store.ErrNotFound], and the file's entry in the list is returned with it.
func (d *Store) OpenListed(m *store.Manifest, name string) (*os.File, store.File, error) {
	entry, ok := m.File(name)
	if !ok {
		return nil, store.File{}, noFile(m, name)
	}
	f, err := disk.OpenRegular(d.files.Root, tree.MosaicPath(m.ID)+"/"+name)
	if err != nil {
		return nil, entry, err
	}
	if err := hasSize(f, entry); err != nil {
		_ = f.Close()
		return nil, entry, err
	}
	return f, entry, nil
}

func hasSize(f *os.File, entry store.File) error {
	info, err := f.Stat()
	if err == nil && info.Size() != entry.Bytes {
		err = fmt.Errorf("%w: %s has %d bytes instead of %d", store.ErrNotFound, entry.Name, info.Size(), entry.Bytes)
	}
	return err
}

// Mend is [mend.Mosaic] for this one copy, which can only be checked.
func (d *Store) Mend(ctx context.Context, id string, depth store.Depth, pace store.Pace) (mended bool, err error) {
	return mend.Mosaic(ctx, d, id, depth, pace)
}

// PutUpload is as in [store.Store].
func (d *Store) PutUpload(ctx context.Context, id, name string, r io.Reader, limit int64) error {
	if err := tree.CheckUpload(id, name); err != nil {
		return err
	}
	if err := d.files.MakeDir(ctx, tree.UploadPath(id)); err != nil {
		return err
	}
	if _, err := d.files.Write(ctx, tree.UploadPath(id)+"/"+name, func(w io.Writer) error { return tree.CopyUpload(w, name, r, limit) }); err != nil {
		return fmt.Errorf("keeping upload %s: %w", path.Join(id, name), err)
	}
	return nil
}

// Identities is as in [store.Store]. If the directory is lost and comes back without an identity while this process
// runs, it is still the same store.
func (d *Store) Identities(ctx context.Context) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == "" {
		d.known = strings.ToLower(rand.Text())
	}
	ids, err := d.IdentitiesOr(ctx, d.known)
	if err == nil {
		d.known = ids[0]
	}
	return ids, err
}

// Disk is the directory itself, for what clients of an FTP server do in it.
func (d *Store) Disk() disk.Tree { return d.files }

// Keep writes a file of a mosaic, outside of a delivery: into a cache, where files come one by one.
func (d *Store) Keep(ctx context.Context, id, name string, fill func(io.Writer) error) error {
	return d.keep(ctx, tree.MosaicPath(id), name, fill)
}

func (d *Store) keep(ctx context.Context, dir, name string, fill func(io.Writer) error) error {
	if err := d.files.MakeDir(ctx, dir); err != nil {
		return err
	}
	_, err := d.files.Write(ctx, dir+"/"+name, fill)
	return err
}

// Drop removes a file that was kept.
func (d *Store) Drop(id, name string) error {
	return d.files.Root.Remove(tree.MosaicPath(id) + "/" + name)
}

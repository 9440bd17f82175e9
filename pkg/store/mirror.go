package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sync/singleflight"
)

// Mirror is a local cache before another store: a file of a finished mosaic is pulled once, checked against
// the manifest's size and hash, and then read from the disk. Everything else goes to the store.
//
// The cache is not compared with the store: a mosaic that is deleted there stays readable here until
// [Mirror.Clean] removes it.
type Mirror struct {
	Store
	cache  *Dir
	pulls  singleflight.Group
	ctx    context.Context // of pulls, which outlive the call that began them
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	pulling sync.WaitGroup
}

// NewMirror makes cache a cache before a store. No one else may write to it. The caller closes both, after
// the Mirror.
func NewMirror(behind Store, cache *Dir) *Mirror {
	m := &Mirror{Store: behind, cache: cache}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// Close stops the pulls and waits for them.
func (m *Mirror) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.cancel()
	m.pulling.Wait()
	return nil
}

// Clean is [Dir.Clean] for the cache. The store cleans itself.
func (m *Mirror) Clean(ctx context.Context, ages Ages) (Cleaned, error) {
	return m.cache.Clean(ctx, ages)
}

// Manifest is as in [Store]. Once it was found, it is kept.
func (m *Mirror) Manifest(ctx context.Context, id string) (*Manifest, error) {
	if err := checkID(id); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if kept, err := m.keptManifest(id); err == nil {
		return kept, nil
	}
	v, err := m.once(ctx, id, func(ctx context.Context) (any, error) { return m.pullManifest(ctx, id) })
	if err != nil {
		return nil, err
	}
	return v.(*Manifest), nil
}

func (m *Mirror) keptManifest(id string) (*Manifest, error) {
	data, err := m.cache.root.ReadFile(mosaicPath(id) + "/" + manifestName)
	if err != nil {
		return nil, err
	}
	return parseManifest(data, id)
}

func (m *Mirror) pullManifest(ctx context.Context, id string) (*Manifest, error) {
	if kept, err := m.keptManifest(id); err == nil {
		return kept, nil // pulled meanwhile
	}
	found, err := m.Store.Manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := m.cache.tree.makeDir(ctx, mosaicPath(id)); err != nil {
		return nil, err
	}
	_, err = m.cache.tree.write(ctx, mosaicPath(id)+"/"+manifestName, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(found)
	})
	return found, err
}

// Mend is [Mend] for the store, with the help of the cache. If the mosaic is lost, the cache forgets it.
func (m *Mirror) Mend(ctx context.Context, id string, depth Depth, pace Pace) (mended bool, err error) {
	mended, err = mend(ctx, copies(m.Store), cached{m}, id, depth, pace)
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) {
		return false, errors.Join(err, m.cache.Delete(ctx, id))
	}
	return mended, err
}

// cached is a mirror's cache as a source.
type cached struct{ m *Mirror }

func (c cached) manifestOnly(_ context.Context, id string) (*Manifest, error) {
	kept, err := c.m.keptManifest(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return kept, nil
}

func (c cached) Open(ctx context.Context, id, name string) (io.ReadCloser, error) {
	return c.m.cache.Open(ctx, id, name)
}

// Cached names the mosaics that the cache has something of.
func (m *Mirror) Cached(ctx context.Context) ([]string, error) { return m.cache.List(ctx) }

// VerifyCached removes files from the cache that are not as listed any more, so that they are pulled again.
// It reports whether there were any.
func (m *Mirror) VerifyCached(ctx context.Context, id string, pace Pace) (removed bool, err error) {
	manifest, _ := m.keptManifest(id)
	if manifest == nil {
		return false, nil // it is pulled again when it is needed
	}
	for _, f := range manifest.Files {
		err := compare(ctx, m.cache, id, f, pace)
		if errors.Is(err, ErrDamaged) {
			removed = true
			err = m.cache.root.Remove(mosaicPath(id) + "/" + f.Name)
		}
		if err != nil && !errors.Is(err, ErrNotFound) { // or it was not pulled yet
			return removed, err
		}
	}
	return removed, nil
}

// Open is as in [Store].
func (m *Mirror) Open(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if name == manifestName {
		if _, err := m.Manifest(ctx, id); err != nil {
			return nil, err
		}
		return m.cache.tree.open(ctx, mosaicPath(id)+"/"+name)
	}
	f, _, err := m.OpenFile(ctx, id, name)
	if err != nil {
		return nil, err // a nil *os.File would be no nil ReadCloser
	}
	return f, nil
}

// OpenFile is as in [Dir].
func (m *Mirror) OpenFile(ctx context.Context, id, name string) (*os.File, File, error) {
	manifest, err := m.Manifest(ctx, id)
	if err != nil {
		return nil, File{}, err
	}
	f, entry, err := m.openKept(manifest, name)
	if err == nil || !errors.Is(err, ErrNotFound) || entry.Name == "" {
		return f, entry, err
	}
	if _, err := m.once(ctx, id+"/"+name, func(ctx context.Context) (any, error) {
		if f, _, err := m.openKept(manifest, name); err == nil {
			return nil, f.Close() // pulled meanwhile
		}
		return nil, m.pull(ctx, id, entry)
	}); err != nil {
		return nil, File{}, err
	}
	return m.openKept(manifest, name)
}

// openKept opens a file in the cache. If it is not there as listed, the error is an ErrNotFound, and the
// file's entry in the list is returned with it.
func (m *Mirror) openKept(manifest *Manifest, name string) (*os.File, File, error) {
	f, entry, err := openListed(m.cache.root, manifest, name)
	if err != nil {
		return nil, entry, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != entry.Bytes {
		err = fmt.Errorf("%w: %s in the cache has %d bytes instead of %d", ErrNotFound, name, info.Size(), entry.Bytes)
	}
	if err != nil {
		f.Close()
		return nil, entry, err
	}
	return f, entry, nil
}

// pull copies one file into the cache, where it appears only with the right size and hash.
func (m *Mirror) pull(ctx context.Context, id string, f File) error {
	from, err := m.Store.Open(ctx, id, f.Name)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := m.cache.tree.makeDir(ctx, mosaicPath(id)); err != nil {
		return err
	}
	_, err = m.cache.tree.write(ctx, mosaicPath(id)+"/"+f.Name, func(w io.Writer) error {
		return copyListed(w, from, f)
	})
	if err != nil {
		return fmt.Errorf("pulling %s/%s: %w", id, f.Name, err)
	}
	return nil
}

// once runs work for all callers with the same key. It continues when the first caller has left: others wait
// for it, or will.
func (m *Mirror) once(ctx context.Context, key string, work func(context.Context) (any, error)) (any, error) {
	result := m.pulls.DoChan(key, func() (any, error) {
		if !m.begin() {
			return nil, errRemoteClosed
		}
		defer m.pulling.Done()
		return work(m.ctx)
	})
	select {
	case r := <-result:
		return r.Val, r.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (m *Mirror) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.pulling.Add(1)
	}
	return !m.closed
}

// Delete removes a mosaic here and in the store. Here it is gone even if the store is unavailable.
func (m *Mirror) Delete(ctx context.Context, id string) error {
	return errors.Join(m.cache.Delete(ctx, id), m.Store.Delete(ctx, id))
}

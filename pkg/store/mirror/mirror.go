// Package mirror caches the finished mosaics of another store on the local disk.
package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sync/singleflight"

	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/internal/tree"
	"smalti/pkg/store/mend"
)

var errClosed = errors.New("the cache was closed")

// Store is a local cache before another store: a file of a finished mosaic is pulled once, checked against
// the manifest's size and hash, and then read from the disk. Everything else goes to the store.
//
// The cache is not compared with the store: a mosaic that is deleted there stays readable here until
// [Store.Clean] removes it.
type Store struct {
	store.Store
	cache  *dirstore.Store
	pulls  singleflight.Group
	ctx    context.Context // of pulls, which outlive the call that began them
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	pulling sync.WaitGroup
}

// New makes cache a cache before a store. No one else may write to it. The caller closes both, after
// the Store.
func New(behind store.Store, cache *dirstore.Store) *Store {
	m := &Store{Store: behind, cache: cache}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// Close stops the pulls and waits for them.
func (m *Store) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.cancel()
	m.pulling.Wait()
	return nil
}

// Clean is [dirstore.Store.Clean] for the cache. The store cleans itself.
func (m *Store) Clean(ctx context.Context, ages dirstore.Ages) (dirstore.Cleaned, error) {
	return m.cache.Clean(ctx, ages)
}

// Manifest is as in [store.Store]. Once it was found, it is kept.
func (m *Store) Manifest(ctx context.Context, id string) (*store.Manifest, error) {
	if err := tree.CheckID(id); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	if kept, err := m.cache.ManifestOnly(ctx, id); err == nil {
		return kept, nil
	}
	v, err := m.once(ctx, id, func(ctx context.Context) (any, error) { return m.pullManifest(ctx, id) })
	if err != nil {
		return nil, err
	}
	return v.(*store.Manifest), nil
}

func (m *Store) pullManifest(ctx context.Context, id string) (*store.Manifest, error) {
	if kept, err := m.cache.ManifestOnly(ctx, id); err == nil {
		return kept, nil // pulled meanwhile
	}
	found, err := m.Store.Manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	_ = m.cache.DropLook(ctx, id, found.Result.Look) // or it is removed when it is old
	return found, m.cache.Keep(ctx, id, tree.ManifestName, func(w io.Writer) error { return json.NewEncoder(w).Encode(found) })
}

// Mend is [mend.Mosaic] for the store, with the help of the cache. If the mosaic is lost, the cache forgets it.
func (m *Store) Mend(ctx context.Context, id string, depth store.Depth, pace store.Pace) (mended bool, err error) {
	mended, err = mend.WithCache(ctx, m.Store, m.cache, id, depth, pace)
	if errors.Is(err, store.ErrDamaged) || errors.Is(err, store.ErrNotFound) {
		return false, errors.Join(err, m.cache.Delete(ctx, id))
	}
	return mended, err
}

// Cached names the mosaics that the cache has something of.
func (m *Store) Cached(ctx context.Context) ([]string, error) { return m.cache.List(ctx) }

// VerifyCached removes files from the cache that are not as listed any more, so that they are pulled again.
// It reports whether there were any.
func (m *Store) VerifyCached(ctx context.Context, id string, pace store.Pace) (removed bool, err error) {
	manifest, _ := m.cache.ManifestOnly(ctx, id)
	if manifest == nil {
		return false, nil // it is pulled again when it is needed
	}
	for _, f := range manifest.Files {
		err := mend.Compare(ctx, m.cache, id, f, pace)
		if errors.Is(err, store.ErrDamaged) {
			removed = true
			err = m.cache.Drop(id, f.Name)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) { // or it was not pulled yet
			return removed, err
		}
	}
	return removed, nil
}

// Open is as in [store.Store].
func (m *Store) Open(ctx context.Context, id, name string) (io.ReadCloser, error) {
	if name == tree.ManifestName {
		if _, err := m.Manifest(ctx, id); err != nil {
			return nil, err
		}
		return m.cache.Open(ctx, id, name)
	}
	f, _, err := m.OpenFile(ctx, id, name)
	if err != nil {
		return nil, err // a nil *os.File would be no nil ReadCloser
	}
	return f, nil
}

// OpenFile is as in [dirstore.Store].
func (m *Store) OpenFile(ctx context.Context, id, name string) (*os.File, store.File, error) {
	manifest, err := m.Manifest(ctx, id)
	if err != nil {
		return nil, store.File{}, err
	}
	f, entry, err := m.cache.OpenListed(manifest, name)
	if err == nil || !errors.Is(err, store.ErrNotFound) || entry.Name == "" {
		return f, entry, err
	}
	if _, err := m.once(ctx, id+"/"+name, func(ctx context.Context) (any, error) {
		if f, _, err := m.cache.OpenListed(manifest, name); err == nil {
			return nil, f.Close() // pulled meanwhile
		}
		return nil, m.pull(ctx, id, entry)
	}); err != nil {
		return nil, store.File{}, err
	}
	return m.cache.OpenListed(manifest, name)
}

// pull copies one file into the cache, where it appears only with the right size and hash.
func (m *Store) pull(ctx context.Context, id string, f store.File) error {
	from, err := m.Store.Open(ctx, id, f.Name)
	if err != nil {
		return err
	}
	defer from.Close()
	err = m.cache.Keep(ctx, id, f.Name, func(w io.Writer) error { return tree.CopyListed(w, from, f) })
	if err != nil {
		return fmt.Errorf("pulling %s/%s: %w", id, f.Name, err)
	}
	return nil
}

// once runs work for all callers with the same key. It continues when the first caller has left: others wait
// for it, or will.
func (m *Store) once(ctx context.Context, key string, work func(context.Context) (any, error)) (any, error) {
	result := m.pulls.DoChan(key, func() (any, error) {
		if !m.begin() {
			return nil, errClosed
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

func (m *Store) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.pulling.Add(1)
	}
	return !m.closed
}

// Delete removes a mosaic here and in the store. Here it is gone even if the store is unavailable.
func (m *Store) Delete(ctx context.Context, id string) error {
	return errors.Join(m.cache.Delete(ctx, id), m.cache.DropLooks(ctx, id), m.Store.Delete(ctx, id))
}

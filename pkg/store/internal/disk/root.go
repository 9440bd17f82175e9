package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// Root is the store's directory by its name. An [os.Root] keeps using a directory that was moved, removed or
// unmounted, which nobody sees any more. So each call checks whether the name still means the same directory.
// If not, every call is a [store.ErrUnavailable] until there is a store again, which is then used. A lost store is
// never made anew: an empty directory may be a disk that is not mounted.
type Root struct {
	dir   string
	renew bool // a cache: made anew if lost

	mu     sync.RWMutex
	at     *os.Root // nil: lost
	is     os.FileInfo
	closed bool
}

// areas are the directories of a store.
var areas = []string{tree.IncomingDir, tree.MosaicsDir, tree.UploadsDir, TempDir}

// OpenRoot opens a directory, and makes it a store if need be.
func OpenRoot(dir string, renew bool) (*Root, error) {
	r := &Root{dir: dir, renew: renew}
	if err := r.make(); err != nil {
		return nil, err
	}
	return r, r.open()
}

func (r *Root) make() error {
	if err := os.MkdirAll(r.dir, 0o750); err != nil {
		return fmt.Errorf("making the store's directory: %w", Explain(err))
	}
	at, err := os.OpenRoot(r.dir)
	if err != nil {
		return fmt.Errorf("opening the store's directory: %w", err)
	}
	defer at.Close()
	for _, name := range areas {
		if err := at.MkdirAll(name, 0o750); err != nil {
			return fmt.Errorf("making the store: %w", Explain(err))
		}
	}
	return nil
}

// Ping reports whether the directory is there.
func (r *Root) Ping() error {
	_, err := r.now()
	return err
}

// now is the present directory of that name.
func (r *Root) now() (*os.Root, error) {
	info, err := os.Stat(r.dir)
	if err != nil && !r.renew {
		return nil, r.lost(err)
	}
	r.mu.RLock()
	at, same := r.at, err == nil && r.at != nil && os.SameFile(info, r.is)
	r.mu.RUnlock()
	if same {
		if err := isStore(at); err == nil {
			return at, nil
		}
	}
	if err := r.open(); err != nil {
		return nil, r.lost(err)
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.at, nil
}

// open opens the directory of that name, if it is a store.
func (r *Root) open() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return os.ErrClosed
	}
	if r.renew {
		if err := r.make(); err != nil {
			return err
		}
	}
	at, err := os.OpenRoot(r.dir)
	if err != nil {
		return err
	}
	info, err := at.Stat(".")
	if err == nil {
		err = isStore(at)
	}
	if err != nil {
		at.Close()
		return err
	}
	r.let()
	r.at, r.is = at, info
	return nil
}

var errNoStore = errors.New("no store in it: mount its disk, move it back or restore it; a restart begins with an empty one")

// isStore reports whether there is a store in a directory.
func isStore(at *os.Root) error {
	if _, err := at.Lstat(tree.MosaicsDir); errors.Is(err, fs.ErrNotExist) {
		return errNoStore
	} else if err != nil {
		return err
	}
	return nil
}

// lost closes what is not the store any more, since that may keep its disk from being unmounted. Its error
// must not pass for one about a file.
func (r *Root) lost(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.let()
	return fmt.Errorf("%w: its directory %s: %s", store.ErrUnavailable, r.dir, err.Error())
}

func (r *Root) let() {
	if r.at != nil {
		r.at.Close()
		r.at = nil
	}
}

// Close closes the directory.
func (r *Root) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.let()
	return nil
}

// on calls f with the present directory.
func on[T any](r *Root, f func(*os.Root) (T, error)) (T, error) {
	at, err := r.now()
	if err != nil {
		var none T
		return none, err
	}
	return f(at)
}

func (r *Root) do(f func(*os.Root) error) error {
	_, err := on(r, func(at *os.Root) (struct{}, error) { return struct{}{}, f(at) })
	return err
}

// The following is as in [os.Root].

func (r *Root) Stat(name string) (os.FileInfo, error) {
	return on(r, func(at *os.Root) (os.FileInfo, error) { return at.Stat(name) })
}

func (r *Root) Lstat(name string) (os.FileInfo, error) {
	return on(r, func(at *os.Root) (os.FileInfo, error) { return at.Lstat(name) })
}

func (r *Root) Open(name string) (*os.File, error) {
	return on(r, func(at *os.Root) (*os.File, error) { return at.Open(name) })
}

func (r *Root) OpenFile(name string, flag int, perm os.FileMode) (*os.File, error) {
	return on(r, func(at *os.Root) (*os.File, error) { return at.OpenFile(name, flag, perm) })
}

func (r *Root) ReadFile(name string) ([]byte, error) {
	return on(r, func(at *os.Root) ([]byte, error) { return at.ReadFile(name) })
}

func (r *Root) MkdirAll(name string, perm os.FileMode) error {
	return r.do(func(at *os.Root) error { return at.MkdirAll(name, perm) })
}

func (r *Root) Remove(name string) error {
	return r.do(func(at *os.Root) error { return at.Remove(name) })
}

func (r *Root) RemoveAll(name string) error {
	return r.do(func(at *os.Root) error { return at.RemoveAll(name) })
}

func (r *Root) Rename(from, to string) error {
	return r.do(func(at *os.Root) error { return at.Rename(from, to) })
}

// FS is for walking and listing.
func (r *Root) FS() fs.FS { return rootFS{r} }

type rootFS struct{ Root *Root }

func (f rootFS) Open(name string) (fs.File, error) {
	return on(f.Root, func(at *os.Root) (fs.File, error) { return at.FS().Open(name) })
}

package ftpview

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/disk"
	"smalti/pkg/store/internal/tree"
)

const (
	recountAfter = time.Minute // since other processes add and remove files, too
	recountPause = time.Second // the same while the store is full
)

// errDirFull is not a store.ErrFull: waiting does not help.
var errDirFull = fmt.Errorf("more for one mosaic than allowed: %w", ftpserver.ErrTooLarge)

// usage is what the store held when it was last counted, and what came in since.
type usage struct {
	limits Limits
	root   *disk.Root

	mu      sync.Mutex
	counted time.Time
	bytes   int64
	files   int
}

// take adds what is about to be kept. The error is a store.ErrFull if there is no room.
func (u *usage) take(bytes int64, files int) error {
	if u.limits.Bytes == 0 && u.limits.Files == 0 {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if time.Since(u.counted) > recountAfter {
		if err := u.count(); err != nil {
			return err
		}
	}
	if !u.fits(bytes, files) && time.Since(u.counted) > recountPause {
		if err := u.count(); err != nil {
			return err
		}
	}
	if !u.fits(bytes, files) {
		return fmt.Errorf("%w: its quota is used up", store.ErrFull)
	}
	u.bytes += bytes
	u.files += files
	return nil
}

func (u *usage) fits(bytes int64, files int) bool {
	return (u.limits.Bytes == 0 || u.bytes+bytes <= u.limits.Bytes) &&
		(u.limits.Files == 0 || files == 0 || u.files+files <= u.limits.Files)
}

func (u *usage) count() error {
	u.bytes, u.files = 0, 0
	err := fs.WalkDir(u.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				u.bytes += info.Size()
			}
		}
		if path.Dir(name) != "." && name != tree.IdentityPath { // the areas themselves do not count
			u.files++
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		return err
	})
	u.counted = time.Now()
	return err
}

// room is how many bytes a file may have beside the others in its directory; added is 1 for a new file.
func (f *fileSystem) room(rel string) (bytes int64, added int, err error) {
	bytes, added = f.limits.FileBytes, 1
	if _, err := f.files.Root.Lstat(rel); err == nil {
		added = 0
	}
	most := f.limits.MosaicBytes
	if most == 0 {
		return bytes, added, nil
	}
	entries, err := fs.ReadDir(f.files.Root.FS(), path.Dir(rel))
	if err != nil {
		return 0, 0, err
	}
	if added == 1 && len(entries) > tree.MaxFiles {
		return 0, 0, errDirFull
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Name() != path.Base(rel) {
			most -= info.Size()
		}
	}
	return min(bytes, max(most, 0)), added, nil
}

// metered takes room for what is written.
type metered struct {
	usage *usage
	to    io.Writer
}

func (m metered) Write(p []byte) (int, error) {
	if err := m.usage.take(int64(len(p)), 0); err != nil {
		return 0, err
	}
	return m.to.Write(p)
}

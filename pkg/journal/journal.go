// Package journal keeps every accepted package on the web server's own disk until its mosaic has
// ended, so that an accepted mosaic outlives Redis.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"smalti/pkg/job"
)

// Journal is a directory with one file a package: "open" holds those that have not ended, "closed"
// how the failed ones ended (a finished mosaic is on record in the store). A file per package needs
// no compaction, and one that was damaged costs no other. It is safe for concurrent use; a
// directory belongs to one process at a time.
type Journal struct {
	root *os.Root
	lock *os.File
}

const (
	open   = "open"
	closed = "closed"
	suffix = ".json"
)

// ErrInUse means that another process has the directory.
var ErrInUse = errors.New("another process uses this directory")

// Open opens the journal in dir, and makes the directory if it is not there.
func Open(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the journal's directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	j := &Journal{root: root}
	if err := j.prepare(); err != nil {
		j.Close()
		return nil, fmt.Errorf("opening the journal in %s: %w", dir, err)
	}
	return j, nil
}

func (j *Journal) prepare() (err error) {
	if j.lock, err = j.root.OpenFile("lock", os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	// The kernel drops the lock with the process, however it ends.
	if err := syscall.Flock(int(j.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return ErrInUse
	}
	for _, d := range []string{open, closed} {
		if err := j.root.Mkdir(d, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return j.syncDir(".")
}

// Close gives the directory free.
func (j *Journal) Close() error {
	if j.lock != nil {
		j.lock.Close()
	}
	return j.root.Close()
}

// Add records a package. When it returns nil, the package is on the disk: file and directory have
// been synced. Adding a package again is harmless.
func (j *Journal) Add(p *job.Package) error {
	if err := j.write(open, p.ID, p); err != nil {
		return fmt.Errorf("journalling %s: %w", p.ID, err)
	}
	return nil
}

// Done forgets a package whose mosaic is finished or was deleted.
func (j *Journal) Done(id string) error {
	if err := j.remove(open, id); err != nil {
		return fmt.Errorf("closing %s in the journal: %w", id, err)
	}
	return nil
}

// Failed keeps how a package failed instead of the package.
func (j *Journal) Failed(s job.Status) error {
	if err := j.write(closed, s.ID, s); err != nil {
		return fmt.Errorf("journalling the failure of %s: %w", s.ID, err)
	}
	return j.Done(s.ID)
}

// Package returns an open package; fs.ErrNotExist when there is none. Whatever else the error is, what
// could be read of the package comes with it: see [job.Parse].
func (j *Journal) Package(id string) (*job.Package, error) {
	data, err := j.read(open, id)
	if err != nil {
		return nil, err
	}
	return job.Parse(data)
}

// Written returns an open package as it was written; fs.ErrNotExist when there is none.
func (j *Journal) Written(id string) ([]byte, error) { return j.read(open, id) }

// Failure returns how a package failed; fs.ErrNotExist when that is not on record.
func (j *Journal) Failure(id string) (job.Status, error) {
	var s job.Status
	data, err := j.read(closed, id)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	return s, err
}

// Open lists the ids of all packages that have not ended, in no order.
func (j *Journal) Open() ([]string, error) {
	entries, err := fs.ReadDir(j.root.FS(), open)
	if err != nil {
		return nil, fmt.Errorf("listing the journal: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), suffix); ok && job.ValidID(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

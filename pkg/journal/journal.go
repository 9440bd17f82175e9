// Package journal keeps every accepted package on the web server's own disk until its mosaic has
// ended, so that an accepted mosaic outlives Redis.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/job"
)

// Journal is a directory with a file for each package, so that it needs no compaction, and a damaged file
// costs no other:
//
//	open/<id>.json     the packages of unfinished mosaics
//	closed/<id>.json   how failed mosaics ended, as a job.Status; finished ones are on record in the store
//	damaged/<id>.json  package files that make no sense
//	deleted/<id>.json  when mosaics were deleted
//	lost/<id>.json     when mosaics were found to be lost from the store
//	uploading/<id>     batches of uploads under way
//
// It is safe for concurrent use. A directory belongs to one process at a time.
type Journal struct {
	root  *os.Root
	lock  *os.File
	locks locks

	mu    sync.Mutex
	marks map[string]map[string]time.Time // of the directories deleted and lost: the time by id
}

const (
	open      = "open"
	closed    = "closed"
	damaged   = "damaged"
	deleted   = "deleted"
	lost      = "lost"
	uploading = "uploading"
	suffix    = ".json"
)

var (
	// ErrDamaged means that a file does not have what was written: it was cut off or overwritten, or
	// belongs to another mosaic.
	ErrDamaged = errors.New("the journal file is damaged")

	// ErrInUse means that another process uses the directory.
	ErrInUse = errors.New("another process uses this directory")
)

// Open opens the journal in dir, and creates the directory if necessary.
func Open(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating the journal's directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	j := &Journal{root: root, marks: map[string]map[string]time.Time{deleted: {}, lost: {}}}
	if err := j.prepare(); err != nil {
		_ = j.Close()
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
	for _, d := range []string{open, closed, damaged, deleted, lost, uploading} {
		if err := j.root.Mkdir(d, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for dir := range j.marks {
		if err := j.readMarks(dir); err != nil {
			return err
		}
	}
	return atomicfile.SyncDir(j.root, ".")
}

// Close releases the directory.
func (j *Journal) Close() error {
	if j.lock != nil {
		_ = j.lock.Close()
	}
	return j.root.Close()
}

// Add records a package. When it returns nil, file and directory have been synced to the disk. A package
// may be added again.
func (j *Journal) Add(p *job.Package) error {
	if err := j.write(open, p.ID, p); err != nil {
		return fmt.Errorf("journaling %s: %w", p.ID, err)
	}
	return nil
}

// Done forgets a package whose mosaic is finished or deleted.
func (j *Journal) Done(id string) error {
	if err := j.remove(open, id); err != nil {
		return fmt.Errorf("closing %s in the journal: %w", id, err)
	}
	return nil
}

// Failed replaces a package by how its mosaic failed.
func (j *Journal) Failed(s job.Status) error {
	if err := j.write(closed, s.ID, s); err != nil {
		return fmt.Errorf("journaling the failure of %s: %w", s.ID, err)
	}
	return j.Done(s.ID)
}

// SetAside records the failure of a package whose file is damaged, and moves that file to damaged, where
// it can be repaired.
func (j *Journal) SetAside(s job.Status) error {
	if err := j.write(closed, s.ID, s); err != nil {
		return fmt.Errorf("journaling the failure of %s: %w", s.ID, err)
	}
	if err := j.root.Rename(open+"/"+s.ID+suffix, damaged+"/"+s.ID+suffix); err != nil {
		return fmt.Errorf("setting the damaged file of %s aside: %w", s.ID, err)
	}
	return nil
}

// Package returns an open package. The error is fs.ErrNotExist if there is none, [ErrDamaged], or one of
// the disk. A package that is no longer valid comes with a job.Invalid: see [job.Parse].
func (j *Journal) Package(id string) (*job.Package, error) {
	data, err := j.read(open, id)
	if err != nil {
		return nil, err
	}
	p, err := job.Parse(data)
	if p == nil {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, err.Error()) // not a job.Invalid: this is nobody's request
	}
	if p.ID != id {
		return nil, fmt.Errorf("%w: it is of %q", ErrDamaged, p.ID)
	}
	return p, err
}

// Raw returns an open package as it was written; the error is fs.ErrNotExist if there is none.
func (j *Journal) Raw(id string) ([]byte, error) { return j.read(open, id) }

// Failure returns how a mosaic failed. The error is fs.ErrNotExist if that is not on record, [ErrDamaged],
// or one of the disk.
func (j *Journal) Failure(id string) (job.Status, error) {
	data, err := j.read(closed, id)
	if err != nil {
		return job.Status{}, err
	}
	var s job.Status
	if err := json.Unmarshal(data, &s); err != nil {
		return job.Status{}, fmt.Errorf("%w: %s", ErrDamaged, err.Error())
	}
	if s.ID != id || s.State != job.Failed || s.Failure == nil {
		return job.Status{}, fmt.Errorf("%w: it does not say how %s failed", ErrDamaged, id)
	}
	return s, nil
}

// Damaged counts the files that were set aside.
func (j *Journal) Damaged() (int, error) {
	entries, err := fs.ReadDir(j.root.FS(), damaged)
	if err != nil {
		return 0, fmt.Errorf("counting the damaged files: %w", err)
	}
	return len(entries), nil
}

// Open returns the ids of all open packages, in no order.
func (j *Journal) Open() ([]string, error) { return j.ids(open, suffix) }

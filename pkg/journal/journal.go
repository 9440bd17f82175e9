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
	"sync"
	"syscall"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/job"
)

// Journal is a directory with one file a package: "open" holds those that have not ended, "closed"
// how the failed ones ended (a finished mosaic is on record in the store), "damaged" the files whose
// contents make no sense, "deleted" which mosaics were deleted, and "lost" which the store has lost. A file per package needs no compaction, and one that was damaged costs no
// other. It is safe for concurrent use; a directory belongs to one process at a time.
type Journal struct {
	root  *os.Root
	lock  *os.File
	locks locks

	mu    sync.Mutex
	marks map[string]map[string]time.Time // what "deleted" and "lost" hold: when, by id
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

// ErrDamaged means that a file could be read, but is not what was written: it was cut off or
// overwritten, or belongs to another mosaic.
var ErrDamaged = errors.New("the journal file is damaged")

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
	j := &Journal{root: root, marks: map[string]map[string]time.Time{deleted: {}, lost: {}}}
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

// SetAside keeps how a package failed whose file is damaged, and keeps that file, under "damaged", for
// whoever wants to repair it.
func (j *Journal) SetAside(s job.Status) error {
	if err := j.write(closed, s.ID, s); err != nil {
		return fmt.Errorf("journalling the failure of %s: %w", s.ID, err)
	}
	if err := j.root.Rename(open+"/"+s.ID+suffix, damaged+"/"+s.ID+suffix); err != nil {
		return fmt.Errorf("setting the damaged file of %s aside: %w", s.ID, err)
	}
	return nil
}

// Package returns an open package. The error is fs.ErrNotExist when there is none, [ErrDamaged], or what
// the disk said. A package that is no longer valid comes with a job.Invalid: see [job.Parse].
func (j *Journal) Package(id string) (*job.Package, error) {
	data, err := j.read(open, id)
	if err != nil {
		return nil, err
	}
	p, err := job.Parse(data)
	if p == nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err) // not an Invalid: nobody asked for this
	}
	if p.ID != id {
		return nil, fmt.Errorf("%w: it is of %q", ErrDamaged, p.ID)
	}
	return p, err
}

// Written returns an open package as it was written; fs.ErrNotExist when there is none.
func (j *Journal) Written(id string) ([]byte, error) { return j.read(open, id) }

// Failure returns how a package failed. The error is fs.ErrNotExist when that is not on record,
// [ErrDamaged], or what the disk said.
func (j *Journal) Failure(id string) (job.Status, error) {
	data, err := j.read(closed, id)
	if err != nil {
		return job.Status{}, err
	}
	var s job.Status
	if err := json.Unmarshal(data, &s); err != nil {
		return job.Status{}, fmt.Errorf("%w: %v", ErrDamaged, err)
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

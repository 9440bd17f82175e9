package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"time"
)

// mark is the file of a deleted or lost mosaic.
type mark struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// MarkDeleted records that a mosaic was deleted, and forgets its package. When it returns nil, file and
// directory have been synced to the disk. It may be called again.
func (j *Journal) MarkDeleted(id string, at time.Time) error {
	if err := j.mark(deleted, id, at); err != nil {
		return fmt.Errorf("journaling the deletion of %s: %w", id, err)
	}
	if err := errors.Join(j.remove(closed, id), j.unmark(lost, id)); err != nil {
		return fmt.Errorf("forgetting how %s ended: %w", id, err)
	}
	return j.Done(id)
}

// IsDeleted reports whether a mosaic is deleted according to this journal. It does not read the disk.
func (j *Journal) IsDeleted(id string) bool { return j.marked(deleted, id) }

// Deletions returns all deletions on record, and the time of each.
func (j *Journal) Deletions() map[string]time.Time { return j.marksOf(deleted) }

// MarkLost records that the store has lost a finished mosaic, and forgets its package. It may be called
// again.
func (j *Journal) MarkLost(id string, at time.Time) error {
	if err := j.mark(lost, id, at); err != nil {
		return fmt.Errorf("journaling the loss of %s: %w", id, err)
	}
	return j.Done(id)
}

// MarkFound forgets that a mosaic was lost.
func (j *Journal) MarkFound(id string) error {
	if err := j.unmark(lost, id); err != nil {
		return fmt.Errorf("forgetting the loss of %s: %w", id, err)
	}
	return nil
}

// IsLost reports whether a mosaic is lost according to this journal. It does not read the disk.
func (j *Journal) IsLost(id string) bool { return j.marked(lost, id) }

// Losses returns all lost mosaics on record, and when each was found to be lost.
func (j *Journal) Losses() map[string]time.Time { return j.marksOf(lost) }

// ForgetMarks forgets deletions and losses before some time, when nothing can bring those mosaics back. It
// returns how many.
func (j *Journal) ForgetMarks(before time.Time) (int, error) {
	forgotten := 0
	for _, dir := range []string{deleted, lost} {
		for id, at := range j.marksOf(dir) {
			if !at.Before(before) {
				continue
			}
			if err := j.unmark(dir, id); err != nil {
				return forgotten, fmt.Errorf("forgetting that %s was %s: %w", id, dir, err)
			}
			forgotten++
		}
	}
	return forgotten, nil
}

func (j *Journal) mark(dir, id string, at time.Time) error {
	if j.marked(dir, id) {
		return nil
	}
	if err := j.write(dir, id, mark{id, at.UTC()}); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.marks[dir][id] = at
	return nil
}

func (j *Journal) unmark(dir, id string) error {
	if !j.marked(dir, id) {
		return nil
	}
	if err := j.remove(dir, id); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.marks[dir], id)
	return nil
}

func (j *Journal) marked(dir, id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, ok := j.marks[dir][id]
	return ok
}

func (j *Journal) marksOf(dir string) map[string]time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.marks[dir])
}

// readMarks reads the marks from the disk. A file that cannot be read is still a mark: its name has the
// id, and its modification time the time.
func (j *Journal) readMarks(dir string) error {
	ids, err := j.ids(dir, suffix)
	if err != nil {
		return err
	}
	for _, id := range ids {
		var m mark
		data, err := j.read(dir, id)
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil || m.At.IsZero() {
			m.At = time.Now()
			if info, err := fs.Stat(j.root.FS(), dir+"/"+id+suffix); err == nil {
				m.At = info.ModTime()
			}
		}
		j.marks[dir][id] = m.At
	}
	return nil
}

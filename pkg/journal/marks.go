package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"time"

	"smalti/pkg/job"
)

// mark is what the file of a deleted or lost mosaic holds.
type mark struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Bury records that a mosaic was deleted at some time, and forgets its package. When it returns nil,
// the deletion is on the disk: file and directory have been synced. Burying a mosaic again is harmless.
func (j *Journal) Bury(id string, at time.Time) error {
	if err := j.mark(deleted, id, at); err != nil {
		return fmt.Errorf("journalling the deletion of %s: %w", id, err)
	}
	if err := errors.Join(j.remove(closed, id), j.unmark(lost, id)); err != nil {
		return fmt.Errorf("forgetting what else is known of %s: %w", id, err)
	}
	return j.Done(id)
}

// Buried reports whether a mosaic was deleted, as far as this journal knows. It does not look at the disk.
func (j *Journal) Buried(id string) bool { return j.marked(deleted, id) }

// Deletions returns all deletions on record, with the time of each.
func (j *Journal) Deletions() map[string]time.Time { return j.marksOf(deleted) }

// Lose records that the store has lost a finished mosaic, and forgets its package. Doing so again is
// harmless.
func (j *Journal) Lose(id string, at time.Time) error {
	if err := j.mark(lost, id, at); err != nil {
		return fmt.Errorf("journalling the loss of %s: %w", id, err)
	}
	return j.Done(id)
}

// Lost reports whether a mosaic is lost, as far as this journal knows. It does not look at the disk.
func (j *Journal) Lost(id string) bool { return j.marked(lost, id) }

// Losses returns all lost mosaics on record, with the time when each was found to be.
func (j *Journal) Losses() map[string]time.Time { return j.marksOf(lost) }

// Regain forgets that a mosaic was lost, since it is whole again.
func (j *Journal) Regain(id string) error {
	if err := j.unmark(lost, id); err != nil {
		return fmt.Errorf("forgetting the loss of %s: %w", id, err)
	}
	return nil
}

// ForgetMarks forgets deletions and losses from before some time, when nothing can bring those mosaics
// back. It returns how many.
func (j *Journal) ForgetMarks(before time.Time) (int, error) {
	forgotten := 0
	for _, dir := range []string{deleted, lost} {
		for id, at := range j.marksOf(dir) {
			if !at.Before(before) {
				continue
			}
			if err := j.unmark(dir, id); err != nil {
				return forgotten, fmt.Errorf("forgetting what became of %s: %w", id, err)
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
	_, is := j.marks[dir][id]
	return is
}

func (j *Journal) marksOf(dir string) map[string]time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.marks[dir])
}

// readMarks takes stock of the marks on the disk. The name of a file is enough: one that cannot be read
// still says which mosaic it is about, and its own age says when.
func (j *Journal) readMarks(dir string) error {
	entries, err := fs.ReadDir(j.root.FS(), dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok || !job.ValidID(id) {
			continue
		}
		var m mark
		data, err := j.read(dir, id)
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil || m.At.IsZero() {
			m.At = time.Now()
			if info, err := e.Info(); err == nil {
				m.At = info.ModTime()
			}
		}
		j.marks[dir][id] = m.At
	}
	return nil
}

package journal

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"time"

	"smalti/pkg/job"
)

// tombstone is what the file of a deleted mosaic holds.
type tombstone struct {
	ID      string    `json:"id"`
	Deleted time.Time `json:"deleted"`
}

// Bury records that a mosaic was deleted at some time, and forgets its package. When it returns nil,
// the deletion is on the disk: file and directory have been synced. Burying a mosaic again is harmless.
func (j *Journal) Bury(id string, at time.Time) error {
	if !j.Buried(id) {
		if err := j.write(deleted, id, tombstone{id, at.UTC()}); err != nil {
			return fmt.Errorf("journalling the deletion of %s: %w", id, err)
		}
		j.mu.Lock()
		j.buried[id] = at
		j.mu.Unlock()
	}
	if err := j.remove(closed, id); err != nil {
		return fmt.Errorf("forgetting how %s failed: %w", id, err)
	}
	return j.Done(id)
}

// Buried reports whether a mosaic was deleted, as far as this journal knows. It does not look at the disk.
func (j *Journal) Buried(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, is := j.buried[id]
	return is
}

// Deletions returns all deletions on record, with the time of each.
func (j *Journal) Deletions() map[string]time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.buried)
}

// readBuried takes stock of the deletions on the disk. The name of a file is enough: one that cannot be
// read still says which mosaic was deleted, and its own age says when.
func (j *Journal) readBuried() error {
	entries, err := fs.ReadDir(j.root.FS(), deleted)
	if err != nil {
		return err
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok || !job.ValidID(id) {
			continue
		}
		var t tombstone
		data, err := j.read(deleted, id)
		if err == nil {
			err = json.Unmarshal(data, &t)
		}
		if err != nil || t.Deleted.IsZero() {
			t.Deleted = time.Now()
			if info, err := e.Info(); err == nil {
				t.Deleted = info.ModTime()
			}
		}
		j.buried[id] = t.Deleted
	}
	return nil
}

// Unearth forgets the deletions from before some time, when nothing can bring those mosaics back. It
// returns how many.
func (j *Journal) Unearth(before time.Time) (int, error) {
	forgotten := 0
	for id, at := range j.Deletions() {
		if !at.Before(before) {
			continue
		}
		if err := j.remove(deleted, id); err != nil {
			return forgotten, fmt.Errorf("forgetting a deletion: %w", err)
		}
		j.mu.Lock()
		delete(j.buried, id)
		j.mu.Unlock()
		forgotten++
	}
	return forgotten, nil
}

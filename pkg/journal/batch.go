package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"smalti/pkg/job"
)

// BeginBatch notes that a batch of uploads is on its way into the store, so that after a crash,
// [Journal.Batches] tells what to remove. It does not sync: if the note is lost with the machine, the
// store removes the batch by its age.
func (j *Journal) BeginBatch(batch string) error {
	if !job.ValidID(batch) {
		return fmt.Errorf("%q is not an id", batch)
	}
	f, err := j.root.OpenFile(uploading+"/"+batch, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("noting batch %s: %w", batch, err)
	}
	return f.Close()
}

// EndBatch forgets a batch that belongs to a package by now, or is gone.
func (j *Journal) EndBatch(batch string) error {
	if err := j.root.Remove(uploading + "/" + batch); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forgetting batch %s: %w", batch, err)
	}
	return nil
}

// Batches returns the batches noted before a time that were not ended.
func (j *Journal) Batches(before time.Time) ([]string, error) {
	all, err := j.ids(uploading, "")
	return slices.DeleteFunc(all, func(batch string) bool {
		info, err := j.root.Stat(uploading + "/" + batch)
		return err != nil || !info.ModTime().Before(before)
	}), err
}

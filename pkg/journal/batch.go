package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"smalti/pkg/job"
)

// BeginBatch notes that a batch of uploads is on its way into the store. After a crash, [Journal.Batches]
// tells which were, so that what came of them can be removed. It is not synced: where the note is lost with
// the machine, the batch is swept up by its age.
func (j *Journal) BeginBatch(batch string) error {
	if !job.ValidID(batch) {
		return fmt.Errorf("%q is no id", batch)
	}
	f, err := j.root.OpenFile(uploading+"/"+batch, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("noting batch %s: %w", batch, err)
	}
	return f.Close()
}

// EndBatch forgets a batch: it belongs to a package now, or is gone.
func (j *Journal) EndBatch(batch string) error {
	if err := j.root.Remove(uploading + "/" + batch); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forgetting batch %s: %w", batch, err)
	}
	return nil
}

// Batches lists the batches that are on their way, or were when the process died.
func (j *Journal) Batches() ([]string, error) {
	entries, err := fs.ReadDir(j.root.FS(), uploading)
	if err != nil {
		return nil, fmt.Errorf("listing the batches: %w", err)
	}
	var batches []string
	for _, e := range entries {
		if job.ValidID(e.Name()) {
			batches = append(batches, e.Name())
		}
	}
	return batches, nil
}

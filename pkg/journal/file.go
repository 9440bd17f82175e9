package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/job"
)

// write replaces dir/id.json as a whole: after a crash there is the old file or the new one.
func (j *Journal) write(dir, id string, v any) error {
	if !job.ValidID(id) {
		return fmt.Errorf("%q is no id", id)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	// Two writers of one id (a double click) must not share a temporary file.
	temp := fmt.Sprintf("%s/%s.%s.tmp", dir, id, job.NewID())
	return atomicfile.Write(j.root, dir+"/"+id+suffix, temp, 0o600, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

var errNoFile = errors.New("not a regular file")

func (j *Journal) read(dir, id string) ([]byte, error) {
	if !job.ValidID(id) {
		return nil, fs.ErrNotExist
	}
	name := dir + "/" + id + suffix
	info, err := j.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a named pipe would wait for ever
		return nil, &fs.PathError{Op: "read", Path: name, Err: errNoFile}
	}
	return j.root.ReadFile(name)
}

func (j *Journal) remove(dir, id string) error {
	if !job.ValidID(id) {
		return nil
	}
	if err := j.root.Remove(dir + "/" + id + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // not synced: should it come back after a crash, it is found finished and removed again
}

// Clean removes what nobody will ask for any more: records of failures, and damaged files, older than
// keep, and temporary files that a crash left behind. It returns how many it removed. What could not be
// removed is in the error, and does not keep the rest from being removed.
func (j *Journal) Clean(keep time.Duration, now time.Time) (int, error) {
	removed := 0
	var errs []error
	for dir, age := range map[string]time.Duration{closed: keep, damaged: keep, open: time.Hour, deleted: time.Hour, lost: time.Hour} {
		entries, err := fs.ReadDir(j.root.FS(), dir)
		if err != nil {
			errs = append(errs, err)
		}
		for _, e := range entries {
			id := e.Name()[:max(0, len(e.Name())-len(suffix))]
			info, err := e.Info()
			if err != nil || now.Sub(info.ModTime()) < age || dir != closed && dir != damaged && job.ValidID(id) {
				continue
			}
			if err := j.root.RemoveAll(dir + "/" + e.Name()); err != nil {
				errs = append(errs, err)
				continue
			}
			removed++
		}
	}
	if err := errors.Join(errs...); err != nil {
		return removed, fmt.Errorf("cleaning the journal: %w", err)
	}
	return removed, nil
}

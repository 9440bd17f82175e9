package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/job"
)

// write replaces dir/<id>.json: after a crash there is the old file or the new one.
func (j *Journal) write(dir, id string, v any) error {
	if !job.ValidID(id) {
		return fmt.Errorf("%q is not an id", id)
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

var errNotRegular = errors.New("not a regular file")

func (j *Journal) read(dir, id string) ([]byte, error) {
	if !job.ValidID(id) {
		return nil, fs.ErrNotExist
	}
	name := dir + "/" + id + suffix
	info, err := j.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a named pipe would block forever
		return nil, &fs.PathError{Op: "read", Path: name, Err: errNotRegular}
	}
	return j.root.ReadFile(name)
}

// remove does not sync: if the file is back after a crash, it is found to be finished, and removed again.
func (j *Journal) remove(dir, id string) error {
	if !job.ValidID(id) {
		return nil
	}
	if err := j.root.Remove(dir + "/" + id + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ids returns the ids that files in dir are named by, in no order.
func (j *Journal) ids(dir, suffix string) (ids []string, err error) {
	entries, err := fs.ReadDir(j.root.FS(), dir)
	if err != nil {
		return nil, fmt.Errorf("listing the journal: %w", err)
	}
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), suffix); ok && job.ValidID(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Clean removes failures and damaged files that are older than age, and temporary files that a crash left
// behind. It returns how many it removed. A file that cannot be removed is in the error, and does not stop
// it from removing the others.
func (j *Journal) Clean(age time.Duration, now time.Time) (int, error) {
	removed := 0
	var errs []error
	for dir, age := range map[string]time.Duration{closed: age, damaged: age, open: time.Hour, deleted: time.Hour, lost: time.Hour} {
		entries, err := fs.ReadDir(j.root.FS(), dir)
		if err != nil {
			errs = append(errs, err)
		}
		for _, e := range entries {
			id := strings.TrimSuffix(e.Name(), suffix)
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

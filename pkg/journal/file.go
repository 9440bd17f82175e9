package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"smalti/pkg/job"
)

// write replaces dir/id.json as a whole: after a crash there is the old file or the new one.
func (j *Journal) write(dir, id string, v any) (err error) {
	if !job.ValidID(id) {
		return fmt.Errorf("%q is no id", id)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	// Two writers of one id (a double click) must not share a temporary file.
	temp := fmt.Sprintf("%s/%s.%s.tmp", dir, id, job.NewID())
	defer func() {
		if err != nil {
			j.root.Remove(temp)
		}
	}()
	f, err := j.root.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := j.root.Rename(temp, dir+"/"+id+suffix); err != nil {
		return err
	}
	return j.syncDir(dir)
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

// syncDir makes a rename in dir last: see fsync(2), which asks for it.
func (j *Journal) syncDir(dir string) error {
	d, err := j.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
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

package store

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"smalti/pkg/job"
)

// Ends is when the mosaic expires; zero where the manifest does not say.
func (m *Manifest) Ends() time.Time { return m.Result.Ends(m.Created) }

// expired reports whether nobody may be shown the files any more, so that they may be missing.
func (m *Manifest) expired() bool {
	ends := m.Ends()
	return !ends.IsZero() && time.Now().After(ends)
}

// expire removes the files of mosaics that have expired. Where the manifest says when that is, it stays
// for [job.Remembered], to tell people what became of the mosaic; otherwise the directory's age decides.
func (d *Dir) expire(ctx context.Context, age time.Duration) (removed int, err error) {
	entries, err := fs.ReadDir(d.root.FS(), mosaicsDir)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return removed, errors.Join(append(errs, err)...)
		}
		dir := mosaicsDir + "/" + e.Name()
		ends := d.endOf(dir, e, age)
		if time.Now().Before(ends) {
			continue
		}
		if time.Since(ends) > job.Remembered {
			err = d.tree.removeDir(ctx, dir)
		} else {
			err = d.strip(dir)
		}
		if err != nil && !errors.Is(err, errStripped) {
			errs = append(errs, err)
		} else if err == nil {
			removed++
		}
	}
	return removed, errors.Join(errs...)
}

// endOf is when the mosaic in dir expires. One without a manifest that says so is not remembered.
func (d *Dir) endOf(dir string, e fs.DirEntry, age time.Duration) time.Time {
	if data, err := d.root.ReadFile(dir + "/" + manifestName); err == nil {
		if m, err := parseManifest(data, e.Name()); err == nil && !m.Ends().IsZero() {
			return m.Ends()
		}
	}
	info, err := e.Info()
	if err != nil || info.ModTime().Add(age).After(time.Now()) {
		return time.Now().Add(time.Hour) // gone meanwhile, or young
	}
	return time.Time{}
}

var errStripped = errors.New("nothing but the manifest is there")

// strip removes all files in dir but the manifest.
func (d *Dir) strip(dir string) error {
	entries, err := fs.ReadDir(d.root.FS(), dir)
	if err != nil {
		return err
	}
	var errs []error
	left := true
	for _, e := range entries {
		if e.Name() != manifestName {
			left = false
			errs = append(errs, d.root.Remove(dir+"/"+e.Name()))
		}
	}
	if left {
		return errStripped
	}
	return errors.Join(errs...)
}

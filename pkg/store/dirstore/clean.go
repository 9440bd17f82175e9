package dirstore

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/disk"
	"smalti/pkg/store/internal/tree"
)

// Ages says how old things become before [Store.Clean] removes them. Zero keeps them for ever.
type Ages struct {
	Incoming time.Duration // deliveries that were not finished
	Uploads  time.Duration // uploaded photos that are not needed

	// Needed reports whether a mosaic may still need its photos, which were uploaded at a time. With an
	// error, they are kept. It is called for uploads with a [store.JobUpload]. Nil: none are needed.
	Needed func(ctx context.Context, id string, since time.Time) (bool, error)

	Mosaics time.Duration // finished mosaics whose manifest does not say how long they are kept
}

// DefaultAges are a day for what is unfinished and for photos, and 30 days for mosaics.
func DefaultAges() Ages {
	const day = 24 * time.Hour
	return Ages{Incoming: day, Uploads: day, Mosaics: 30 * day}
}

// Cleaned counts what [Store.Clean] removed.
type Cleaned struct{ Incoming, Uploads, Mosaics int }

// Clean removes what is older than ages, by the time of the last change to its directory, and mosaics that
// have expired. Several processes may clean at the same time. The error says what could not be removed; the
// rest is.
func (d *Store) Clean(ctx context.Context, ages Ages) (Cleaned, error) {
	var c Cleaned
	var temps int
	var errs []error
	for _, area := range []struct {
		dir     string
		age     time.Duration
		removed *int
	}{
		{disk.TempDir, ages.Incoming, &temps},
		{tree.IncomingDir, ages.Incoming, &c.Incoming},
		{tree.UploadsDir, ages.Uploads, &c.Uploads},
	} {
		if area.age <= 0 {
			continue
		}
		n, err := d.cleanArea(ctx, area.dir, time.Now().Add(-area.age), ages.Needed)
		*area.removed = n
		errs = append(errs, err)
	}
	if ages.Mosaics > 0 {
		n, err := d.expire(ctx, ages.Mosaics)
		c.Mosaics = n
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

func (d *Store) cleanArea(ctx context.Context, area string, before time.Time, needed func(context.Context, string, time.Time) (bool, error)) (removed int, err error) {
	entries, err := fs.ReadDir(d.files.Root.FS(), area)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return removed, errors.Join(append(errs, err)...)
		}
		info, err := e.Info()
		if err != nil || info.ModTime().After(before) {
			continue // gone meanwhile, or young
		}
		path := area + "/" + e.Name()
		if id := d.jobOf(path); area == tree.UploadsDir && needed != nil && id != "" {
			keep, err := needed(ctx, id, info.ModTime())
			if err != nil {
				return removed, errors.Join(append(errs, err)...) // the same would happen with the others
			}
			if keep {
				continue
			}
		}
		if area == disk.TempDir {
			err = d.files.Root.RemoveAll(path)
		} else {
			err = d.files.RemoveDir(ctx, path)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		removed++
	}
	return removed, errors.Join(errs...)
}

// jobOf is the mosaic that the photos in a directory are for; "" if that is unknown.
func (d *Store) jobOf(dir string) string {
	data, err := d.files.Root.ReadFile(dir + "/" + store.JobUpload)
	if id := string(data); err == nil && tree.ValidID(id) {
		return id
	}
	return ""
}

// expire removes the files of mosaics that have expired. If the manifest says when that is, it stays for
// [job.Remembered], to tell people what happened to the mosaic; otherwise the directory's age decides.
func (d *Store) expire(ctx context.Context, age time.Duration) (removed int, err error) {
	entries, err := fs.ReadDir(d.files.Root.FS(), tree.MosaicsDir)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return removed, errors.Join(append(errs, err)...)
		}
		dir := tree.MosaicsDir + "/" + e.Name()
		ends := d.endOf(dir, e, age)
		if time.Now().Before(ends) {
			continue
		}
		if time.Since(ends) > job.Remembered {
			err = d.files.RemoveDir(ctx, dir)
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

// endOf is when the mosaic in dir expires; zero if it has, and its manifest does not say when.
func (d *Store) endOf(dir string, e fs.DirEntry, age time.Duration) time.Time {
	if data, err := d.files.Root.ReadFile(dir + "/" + tree.ManifestName); err == nil {
		if m, err := tree.ParseManifest(data, e.Name()); err == nil && !m.Ends().IsZero() {
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
func (d *Store) strip(dir string) error {
	entries, err := fs.ReadDir(d.files.Root.FS(), dir)
	if err != nil {
		return err
	}
	var errs []error
	left := true
	for _, e := range entries {
		if e.Name() != tree.ManifestName {
			left = false
			errs = append(errs, d.files.Root.Remove(dir+"/"+e.Name()))
		}
	}
	if left {
		return errStripped
	}
	return errors.Join(errs...)
}

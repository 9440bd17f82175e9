package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"smalti/pkg/job"
)

// Ages says how old things become before [Dir.Clean] removes them. Zero keeps them for ever.
type Ages struct {
	Incoming time.Duration // deliveries that were not finished
	Uploads  time.Duration // uploaded photos that are not needed

	// Needed reports whether a mosaic may still need its photos, which were uploaded at a time. With an
	// error, they are kept. It is called for uploads with a [JobUpload]. Nil: none are needed.
	Needed func(ctx context.Context, id string, since time.Time) (bool, error)

	Mosaics time.Duration // finished mosaics whose manifest does not say how long they are kept
}

// DefaultAges are a day for what is unfinished and for photos, and 30 days for mosaics.
func DefaultAges() Ages {
	const day = 24 * time.Hour
	return Ages{Incoming: day, Uploads: day, Mosaics: 30 * day}
}

// Cleaned counts what [Dir.Clean] removed.
type Cleaned struct{ Incoming, Uploads, Mosaics int }

// Clean removes what is older than ages, by the time of the last change to its directory, and mosaics that
// have expired. Several processes may clean at the same time. The error says what could not be removed; the
// rest is.
func (d *Dir) Clean(ctx context.Context, ages Ages) (Cleaned, error) {
	var c Cleaned
	var temps int
	var errs []error
	for _, area := range []struct {
		dir     string
		age     time.Duration
		removed *int
	}{
		{tempDir, ages.Incoming, &temps},
		{incomingDir, ages.Incoming, &c.Incoming},
		{uploadsDir, ages.Uploads, &c.Uploads},
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

// JobUpload is the upload that holds the id of the mosaic that the others in its directory are for.
// [Dir.Clean] reads it.
const JobUpload = "job"

// UploadOpener reads uploads, as a [Store] does.
type UploadOpener interface {
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
}

// JobOf is the mosaic that the photos of a batch are for; "" while there is none, and where there are no photos.
func JobOf(ctx context.Context, s UploadOpener, batch string) (string, error) {
	r, err := s.OpenUpload(ctx, batch, JobUpload)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrLost) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer r.Close()
	id, err := io.ReadAll(io.LimitReader(r, 64))
	return string(id), err
}

func (d *Dir) cleanArea(ctx context.Context, area string, before time.Time, needed func(context.Context, string, time.Time) (bool, error)) (removed int, err error) {
	entries, err := fs.ReadDir(d.root.FS(), area)
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
		if id := d.jobOf(path); area == uploadsDir && needed != nil && id != "" {
			keep, err := needed(ctx, id, info.ModTime())
			if err != nil {
				return removed, errors.Join(append(errs, err)...) // the same would happen with the others
			}
			if keep {
				continue
			}
		}
		if area == tempDir {
			err = d.root.RemoveAll(path)
		} else {
			err = d.tree.removeDir(ctx, path)
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
func (d *Dir) jobOf(dir string) string {
	data, err := d.root.ReadFile(dir + "/" + JobUpload)
	if id := string(data); err == nil && validID(id) {
		return id
	}
	return ""
}

// expire removes the files of mosaics that have expired. If the manifest says when that is, it stays for
// [job.Remembered], to tell people what happened to the mosaic; otherwise the directory's age decides.
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

// endOf is when the mosaic in dir expires; zero if it has, and its manifest does not say when.
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

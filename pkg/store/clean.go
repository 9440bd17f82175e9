package store

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Ages says how old a thing may become before [Dir.Clean] removes it. A zero keeps it for ever.
type Ages struct {
	Incoming time.Duration // deliveries that nobody finished
	Uploads  time.Duration // photos that people gave, and nobody needs

	// Needed reports whether the job of a mosaic may still need its photos, which were given at a time.
	// Where it cannot tell, they are kept. It is asked of batches that say whose they are; see
	// [JobUpload]. Nil: nobody needs them.
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

// Clean removes what is older than ages, by the time of the last change to its directory, and mosaics
// that have expired. Several may clean at the same time. What could not be removed is in the
// error, and does not keep the rest from being removed.
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

// JobUpload is the upload that says which mosaic the others of its batch are for: its id, and nothing
// else. [Dir.Clean] reads it.
const JobUpload = "job"

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
				return removed, errors.Join(append(errs, err)...) // it could tell no more of the others
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

// jobOf is the mosaic that the photos in a directory were given for; "" where that does not say.
func (d *Dir) jobOf(dir string) string {
	data, err := d.root.ReadFile(dir + "/" + JobUpload)
	if id := string(data); err == nil && validID(id) {
		return id
	}
	return ""
}

package render

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"image"
	"io"

	"smalti/pkg/job"
	"smalti/pkg/mosaic"
	"smalti/pkg/parallel"
	"smalti/pkg/poster"
)

// file is one file of a mosaic. write may be called again, and then writes the same bytes.
type file struct {
	name  string
	write func(io.Writer) error
}

// Deliver writes every file. Those of the first look come first, so that people can look around while the others are
// composed and sent, which are most of the bytes.
func (s *Solved) Deliver(ctx context.Context, out Delivery, progress func(job.Progress)) (job.Result, error) {
	pictures, grid := picturesOf(s.plan, s.people)
	result := s.result()
	put := func(files []file, delivered func(done, total int)) error {
		for i, f := range files {
			if err := out.Put(ctx, f.name, f.write); err != nil {
				return undelivered(err)
			}
			result.Files = append(result.Files, f.name)
			delivered(i+1, len(files))
		}
		return nil
	}
	composing := report(progress, job.Composing)
	composing(0, 1)
	small, err := s.lookFiles(ctx, pictures, grid)
	if err != nil {
		return job.Result{}, err
	}
	if small, err = coded(small); err != nil {
		return job.Result{}, undelivered(err)
	}
	if err := put(small, func(_, _ int) { composing(0, 1) }); err != nil {
		return job.Result{}, err
	}
	if result.Look, err = out.Look(ctx, result); err != nil {
		return job.Result{}, undelivered(err)
	}
	large, err := s.largeFiles(ctx, pictures, grid, composing)
	if err != nil {
		return job.Result{}, err
	}
	if err := put(large, report(progress, job.Delivering)); err != nil {
		return job.Result{}, err
	}
	if err := out.Commit(ctx, result); err != nil {
		return job.Result{}, undelivered(err)
	}
	return result, nil
}

func (s *Solved) result() job.Result {
	size := posterSize(s.plan, s.job.Options.Tile)
	return job.Result{
		Columns: s.plan.Columns, Rows: s.plan.Rows, Width: size.X, Height: size.Y,
		Friends: len(s.people.tiles), Missing: len(s.people.missing), Owner: s.job.Owner, Keep: s.job.Keep,
		Tint:  &job.Tint{Limit: s.plan.Tint.Limit, Shading: s.plan.Shading},
		Shown: shown(s.plan),
	}
}

// shown is how many friends have their face in a cell.
func shown(plan *mosaic.Plan) (n int) {
	for _, face := range plan.Face {
		if plan.Uses[face] > 0 {
			n++
		}
	}
	return n
}

// lookFiles are the files of the first look: a few megabytes.
func (s *Solved) lookFiles(ctx context.Context, pictures []*image.NRGBA, grid poster.Grid) ([]file, error) {
	sheets, err := poster.Atlas(facesOf(s.plan, s.people.tiles))
	if err != nil {
		return nil, internal("laying out the atlas", err)
	}
	preview := func(side, quality int) func(w io.Writer) error {
		return func(w io.Writer) error { return poster.Preview(ctx, w, pictures, grid, side, quality) }
	}
	files := []file{{FirstFile, preview(firstSide, firstQuality)}, {PreviewFile, preview(previewSide, previewQuality)}}
	for i, sheet := range sheets {
		files = append(files, file{poster.SheetName(i), func(w io.Writer) error { return sheet.Write(ctx, w) }})
	}
	description := describe(s.job, s.plan, s.people, sheets)
	writePlan := func(w io.Writer) error { return json.NewEncoder(w).Encode(description) }
	return append(files, file{PlanFile, writePlan}, file{PlanGzip, func(w io.Writer) error { return zip(w, writePlan) }}), nil
}

// largeFiles are the poster and the extras. They are composed only while they are written.
func (s *Solved) largeFiles(ctx context.Context, pictures []*image.NRGBA, grid poster.Grid, composing func(done, total int)) ([]file, error) {
	o := poster.Options{Tile: s.job.Options.Tile, Quality: s.job.Options.Quality}
	picture, err := poster.New(pictures, grid, o)
	if err != nil {
		return nil, internal("composing", err)
	}
	files := []file{{PosterFile, func(w io.Writer) error { return picture.Write(ctx, w, composing) }}}
	for _, e := range s.job.Options.Extras {
		switch e {
		case job.PDF:
			files = append(files, file{PDFFile, func(w io.Writer) error {
				print := poster.Print{Bleed: s.job.Options.Bleed, Marks: s.job.Options.Marks}
				return poster.WritePDF(ctx, w, pictures, grid, o, print, composing)
			}})
		case job.SZI:
			files = append(files, file{PyramidFile, func(w io.Writer) error {
				return poster.WritePyramid(ctx, w, "poster", pictures, grid, o, composing)
			}})
		}
	}
	return files, nil
}

// coded has all files written into memory, several at once: most of them keep only one processor busy.
func coded(files []file) ([]file, error) {
	all, errs := make([]file, len(files)), make([]error, len(files))
	parallel.Each(len(files), func(i int) {
		var b bytes.Buffer
		errs[i] = files[i].write(&b)
		all[i] = file{files[i].name, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }}
	})
	return all, errors.Join(errs...)
}

// zip compresses with gzip. The same content gives the same bytes.
func zip(w io.Writer, write func(io.Writer) error) error {
	z := gzip.NewWriter(w)
	if err := write(z); err != nil {
		return err
	}
	return z.Close()
}

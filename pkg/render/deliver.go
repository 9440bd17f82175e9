package render

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"

	"smalti/pkg/job"
	"smalti/pkg/mosaic"
	"smalti/pkg/poster"
)

// file is one file of a mosaic. write may be called again, and then writes the same bytes.
type file struct {
	name  string
	write func(io.Writer) error
}

// Deliver writes every file, the poster first: it takes the longest, and if the store has no room for it, the others
// are of no use.
func (s *Solved) Deliver(ctx context.Context, out Delivery, progress func(job.Progress)) (job.Result, error) {
	p, plan, people := s.job, s.plan, s.people
	files, err := layOut(ctx, p, plan, people, progress)
	if err != nil {
		return job.Result{}, err
	}
	size := posterSize(plan, p.Options.Tile)
	result := job.Result{
		Columns: plan.Columns, Rows: plan.Rows, Width: size.X, Height: size.Y,
		Friends: len(people.tiles), Missing: len(people.missing), Owner: p.Owner, Keep: p.Keep,
		Tint:  &job.Tint{Limit: plan.Tint.Limit, Shading: plan.Shading},
		Shown: shown(plan),
	}
	for i, f := range files {
		if err := out.Put(ctx, f.name, f.write); err != nil {
			return job.Result{}, undelivered(err)
		}
		result.Files = append(result.Files, f.name)
		progress(job.Progress{Phase: job.Delivering, Done: i + 1, Total: len(files)})
	}
	if err := out.Commit(ctx, result); err != nil {
		return job.Result{}, undelivered(err)
	}
	return result, nil
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

// layOut prepares all files. They are composed only while they are written.
func layOut(ctx context.Context, p *job.Package, plan *mosaic.Plan, people *people, progress func(job.Progress)) ([]file, error) {
	pictures, grid := picturesOf(plan, people)
	o := poster.Options{Tile: p.Options.Tile, Quality: p.Options.Quality}
	composing := report(progress, job.Composing)
	picture, err := poster.New(pictures, grid, o)
	if err != nil {
		return nil, internal("composing", err)
	}
	sheets, err := poster.Atlas(facesOf(plan, people.tiles))
	if err != nil {
		return nil, internal("laying out the atlas", err)
	}
	preview := func(side, quality int) func(w io.Writer) error {
		return func(w io.Writer) error { return poster.Preview(ctx, w, pictures, grid, side, quality) }
	}
	files := []file{
		{PosterFile, func(w io.Writer) error { return picture.Write(ctx, w, composing) }},
		{FirstFile, preview(firstSide, firstQuality)},
		{PreviewFile, preview(previewSide, previewQuality)},
	}
	for i, s := range sheets {
		files = append(files, file{poster.SheetName(i), func(w io.Writer) error { return s.Write(ctx, w) }})
	}
	for _, e := range p.Options.Extras {
		switch e {
		case job.PDF:
			files = append(files, file{PDFFile, func(w io.Writer) error {
				print := poster.Print{Bleed: p.Options.Bleed, Marks: p.Options.Marks}
				return poster.WritePDF(ctx, w, pictures, grid, o, print, composing)
			}})
		case job.SZI:
			files = append(files, file{PyramidFile, func(w io.Writer) error {
				return poster.WritePyramid(ctx, w, "poster", pictures, grid, o, composing)
			}})
		}
	}
	description := describe(p, plan, people, sheets)
	writePlan := func(w io.Writer) error { return json.NewEncoder(w).Encode(description) }
	return append(files, file{PlanFile, writePlan}, file{PlanGzip, func(w io.Writer) error { return zip(w, writePlan) }}), nil
}

// zip compresses with gzip. The same content gives the same bytes.
func zip(w io.Writer, write func(io.Writer) error) error {
	z := gzip.NewWriter(w)
	if err := write(z); err != nil {
		return err
	}
	return z.Close()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"strings"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/render"
	"smalti/pkg/setup"
)

// local is a mosaic from files on this machine.
type local struct {
	target, photos, out string
	verbose             bool
	options             job.Options
	memory              setup.Memory
	heif                *bool
}

// renderLocal is the subcommand that makes one: from the same package, with the same code, except that
// photos come from a directory and files go to one.
func renderLocal(s *config.Set) config.Run {
	l := &local{options: job.Defaults()}
	l.define(s)
	return l.run
}

func (l *local) define(s *config.Set) {
	o := &l.options
	s.Group("Files")
	s.StringVar(&l.target, "target", "", "`file` with the picture that the mosaic shows, of any size for which there is memory (default the demo's own)")
	s.StringVar(&l.photos, "photos", "", "`directory` with the photos, and directories of photos; what is a photo is told by its content (default the demo's friends)")
	s.StringVar(&l.out, "out", "out", "`directory` for poster.jpg, first.jpg, preview.jpg, atlas-0.jpg, plan.json, plan-gzip.json and manifest.json")
	s.BoolVar(&l.verbose, "v", false, "name each file that is left out, say why, give the causes of errors, and tell the CPU time of each step")
	l.heif = setup.DefineHEIF(s)
	s.Group("Mosaic")
	s.IntVar(&o.Columns, "columns", 100, "cells from left to right; a small poster is most recognisable with 80 and -shape detail")
	s.IntVar(&o.Rows, "rows", 0, "cells from top to bottom; 0: as many as suit the target's shape")
	s.IntVar(&o.Tile, "tile", o.Tile, "side of a cell in pixels, a multiple of 8; the poster may have 65,500 on each side")
	s.StringVar((*string)(&o.Shape), "shape", string(o.Shape), "square, brick (every second row half a cell to the left) or detail (cells of two and four times the side where the target has little detail)")
	s.Float64Var(&o.Tint, "tint", o.Tint, "how far a tile's mean colour may move, in CIELAB units; 0 is pure, -1 as little as makes a good likeness, at most 16")
	s.Float64Var(&o.Shading, "shading", o.Shading, "how far parts of a tile may move around its mean to follow the target, in CIELAB units; 0, or a tint of 0, adds the same to all of a tile")
	s.IntVar(&o.RepeatDistance, "repeat-distance", o.RepeatDistance, "least distance of two uses of a photo, in cells")
	s.IntVar(&o.MaxUses, "max-uses", o.MaxUses, "most uses of a photo; 0: no limit")
	s.BoolVar(&o.Everyone, "everyone", o.Everyone, "use every photo at least once")
	s.Float64Var(&o.Fair, "fair", o.Fair, "how unequal shares may be: 3 gives no photo more than three times the mean number of uses or less than a third of it, 1 gives all the same, 0 has no bounds; repeats are then up to 5 cells apart")
	s.IntVar(&o.Quality, "quality", o.Quality, "JPEG quality, 1 to 100")
	s.Uint64Var(&o.Seed, "seed", o.Seed, "another seed makes another mosaic from the same photos")
	s.Group("Print and deep zoom")
	pdf := s.Bool("pdf", false, "make a print-ready poster.pdf too")
	s.Float64Var(&o.Bleed, "bleed", 0, "picture beyond each edge of the PDF, in millimetres")
	s.BoolVar(&o.Marks, "marks", false, "crop marks in the PDF")
	szi := s.Bool("szi", false, "make poster.szi too: a Deep Zoom pyramid in one file")
	l.memory.Define(s)
	s.Check(func() error {
		if *pdf {
			o.Extras = append(o.Extras, job.PDF)
		}
		if *szi {
			o.Extras = append(o.Extras, job.SZI)
		}
		return byFlag(o.ValidateWithin(job.Owner()))
	})
}

// byFlag names the flags in place of a package's fields.
func byFlag(err error) error {
	bad, ok := errors.AsType[job.Invalid](err)
	if !ok {
		return err
	}
	var all []error
	for _, field := range bad {
		name := strings.ReplaceAll(strings.TrimPrefix(field.Field, "options."), "_", "-")
		all = append(all, fmt.Errorf("-%s: %s", name, field.Text))
	}
	return errors.Join(all...)
}

func (l *local) run(ctx context.Context, stdout, stderr io.Writer) error {
	start := time.Now()
	room := l.memory.Owner()
	p, files, err := l.collect(ctx, room)
	defer func() { files.warn(stderr, l.verbose) }()
	if err == nil {
		err = l.plan(p, files, room, stderr)
	}
	if err != nil {
		return l.told(err)
	}
	folder, err := render.OpenFolder(l.out, p.ID)
	if err != nil {
		return err
	}
	show := newProgress(stderr)
	result, err := render.Render(ctx, p, files, folder, show.update)
	show.clear()
	if err != nil {
		return l.told(err)
	}
	fmt.Fprintln(stdout, l.summary(result, time.Since(start)))
	if l.verbose {
		fmt.Fprintln(stdout, show.cost())
	}
	return nil
}

// told is what a person is told of an error. With -v, the cause follows.
func (l *local) told(err error) error {
	m, ok := message.Of(err)
	switch {
	case !ok:
		return err
	case l.verbose:
		return fmt.Errorf("%s\ncause: %w", m, err)
	}
	return errors.New(m.String())
}

// summary says what was made.
func (l *local) summary(r job.Result, took time.Duration) string {
	const dpi, inch = 150, 2.54
	cm := func(pixels int) float64 { return float64(pixels) / dpi * inch }
	return fmt.Sprintf("%s: %d x %d cells, %d x %d pixels (%.1f x %.1f cm at %d dpi), %d photos (%d left out), %.1f s",
		filepath.Join(l.out, render.PosterFile), r.Columns, r.Rows, r.Width, r.Height, cm(r.Width), cm(r.Height), dpi,
		r.Shown, r.Missing+r.Friends-r.Shown, took.Seconds())
}

// collect writes the package for local files, and returns the files that its upload addresses name.
func (l *local) collect(ctx context.Context, room int64) (*job.Package, *localFiles, error) {
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Options: l.options, Priority: job.Interactive,
		Target: job.Target{URL: friends.DemoTarget},
	}
	files := newLocalFiles(p.ID)
	files.Limits.NoHEIF = !*l.heif
	var err error
	if l.target != "" {
		if files.target, err = readTarget(l.target, room, files.Limits.NoHEIF); err != nil {
			return nil, files, l.told(err)
		}
	}
	if l.photos == "" {
		p.Friends = friends.DemoPeople()
		return p, files, p.ValidateWithin(job.Owner())
	}
	p.Friends, p.Skipped, err = files.friends(ctx, l.photos, room)
	if err != nil {
		return nil, files, fmt.Errorf("-photos: %w", l.told(err))
	}
	if len(p.Friends) == 0 {
		return nil, files, fmt.Errorf("-photos: there are no pictures in %s", l.photos)
	}
	return p, files, p.ValidateWithin(job.Owner())
}

// plan makes sure that there is memory for all that is to come. A grid that strangers cannot have is written into the
// package; others are left to Render, so that everybody gets the same mosaic.
func (l *local) plan(p *job.Package, files *localFiles, room int64, stderr io.Writer) error {
	g, size := fit(1, 1, p.Options), image.Point{} // the demo's target is square
	if files.target != nil {
		var err error
		if g, size, err = files.target.grid(p.Options); err != nil {
			return fmt.Errorf("-target: %w", l.told(err))
		}
	}
	if err := checkMemory(p, g, size.X*size.Y, room); err != nil {
		return err
	}
	if g.columns < p.Options.Columns {
		fmt.Fprintf(stderr, "%d columns would make a poster longer than a JPEG can be; it gets %d, and %d rows\n", p.Options.Columns, g.columns, g.rows)
	}
	o := p.Options
	o.Columns, o.Rows = g.columns, g.rows
	if o.Validate() != nil {
		p.Options = o
	}
	share(files.Gatherer, room-need(p, g, size.X*size.Y)+leastDecoding)
	return nil
}

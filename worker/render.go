package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	s.StringVar(&l.target, "target", "", "`file` with the picture that the mosaic shows (default the demo's own)")
	s.StringVar(&l.photos, "photos", "", "`directory` with the photos, and directories of photos; what is a photo is told by its content (default the demo's friends)")
	s.StringVar(&l.out, "out", "out", "`directory` for poster.jpg, preview.jpg, atlas-0.jpg, plan.json, plan-gzip.json and manifest.json")
	s.BoolVar(&l.verbose, "v", false, "name each file that is left out, and say why")
	l.heif = setup.DefineHEIF(s)
	s.Group("Mosaic")
	s.IntVar(&o.Columns, "columns", 100, "cells from left to right")
	s.IntVar(&o.Rows, "rows", 0, "cells from top to bottom; 0: as many as suit the target's shape")
	s.IntVar(&o.Tile, "tile", o.Tile, "side of a cell in pixels, a multiple of 8")
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
		return o.Validate()
	})
}

func (l *local) run(ctx context.Context, stdout, stderr io.Writer) error {
	start := time.Now()
	p, files, err := l.collect(ctx)
	defer func() { files.warn(stderr, l.verbose) }()
	if err != nil {
		return err
	}
	files.Limits.NoHEIF = !*l.heif
	room, need := l.memory.Limit(1, files.Gatherer), render.Memory(p)
	if room != 0 && need > room {
		return fmt.Errorf("this mosaic takes about %d MB, and there is room for %d MB; fewer photos, fewer cells or smaller tiles may work", need>>20, room>>20)
	}
	folder, err := render.OpenFolder(l.out, p.ID)
	if err != nil {
		return err
	}
	show := newProgress(stderr)
	result, err := render.Render(ctx, p, files, folder, show.update)
	show.clear()
	if err != nil {
		if m, ok := message.Of(err); ok {
			return errors.New(m.String())
		}
		return err
	}
	fmt.Fprintf(stdout, "%s: %d x %d cells, %d x %d pixels, %d photos (%d left out), %.1f s\n",
		filepath.Join(l.out, render.PosterFile), result.Columns, result.Rows, result.Width, result.Height,
		result.Friends, result.Missing, time.Since(start).Seconds())
	return nil
}

// collect writes the package for local files, and returns the files that its upload addresses name.
func (l *local) collect(ctx context.Context) (*job.Package, *localFiles, error) {
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Options: l.options, Priority: job.Interactive,
		Target: job.Target{URL: friends.DemoTarget},
	}
	files := newLocalFiles(p.ID)
	if l.target != "" {
		if info, err := os.Stat(l.target); err != nil || info.IsDir() {
			return nil, files, fmt.Errorf("-target: %s is not a readable file", l.target)
		}
		p.Target.URL = files.put("target", l.target)
	}
	if l.photos == "" {
		p.Friends = friends.DemoPeople()
		return p, files, p.Validate()
	}
	var err error
	p.Friends, p.Skipped, err = files.friends(ctx, l.photos)
	if err == nil && len(p.Friends) == 0 {
		err = fmt.Errorf("-photos: there are no pictures in %s", l.photos)
	}
	if err != nil {
		return nil, files, err
	}
	return p, files, p.Validate()
}

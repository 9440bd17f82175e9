package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	options             job.Options
	memory              setup.Memory
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
	s.StringVar(&l.photos, "photos", "", "`directory` with the photos, and directories of photos (default the demo's friends)")
	s.StringVar(&l.out, "out", "out", "`directory` for poster.jpg, preview.jpg, atlas-0.jpg, plan.json, plan-gzip.json and manifest.json")
	s.Group("Mosaic")
	s.IntVar(&o.Columns, "columns", 100, "cells from left to right")
	s.IntVar(&o.Rows, "rows", 0, "cells from top to bottom; 0: as many as suit the target's shape")
	s.IntVar(&o.Tile, "tile", o.Tile, "side of a cell in pixels, a multiple of 8")
	s.StringVar((*string)(&o.Shape), "shape", string(o.Shape), "square, brick (every second row half a cell to the left) or detail (cells of two and four times the side where the target has little detail)")
	s.Float64Var(&o.Tint, "tint", o.Tint, "how far a tile's mean colour may move, in CIELAB units; 0 is pure")
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
	p, files, err := localPackage(l.target, l.photos, l.options)
	if err != nil {
		return err
	}
	gatherer := files.gatherer()
	room, need := l.memory.Limit(1, gatherer), render.Memory(p)
	if room != 0 && need > room {
		return fmt.Errorf("this mosaic takes about %d MB, and there is room for %d MB; fewer photos, fewer cells or smaller tiles may work", need>>20, room>>20)
	}
	folder, err := render.OpenFolder(l.out, p.ID)
	if err != nil {
		return err
	}
	show := newProgress(stderr)
	result, err := render.Render(ctx, p, gatherer, folder, show.update)
	show.clear()
	if err != nil {
		if m, ok := message.Of(err); ok {
			return errors.New(m.String())
		}
		return err
	}
	fmt.Fprintf(stdout, "%s: %d x %d cells, %d x %d pixels, %d photos (%d could not be read), %.1f s\n",
		filepath.Join(l.out, render.PosterFile), result.Columns, result.Rows, result.Width, result.Height,
		result.Friends, result.Missing, time.Since(start).Seconds())
	return nil
}

// localPackage writes the package for local files, and returns the files that its upload addresses name.
func localPackage(target, photos string, o job.Options) (*job.Package, *localFiles, error) {
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Options: o, Priority: job.Interactive,
		Target: job.Target{URL: friends.DemoTarget},
	}
	files := &localFiles{batch: p.ID, paths: map[string]string{}}
	if target != "" {
		if info, err := os.Stat(target); err != nil || info.IsDir() {
			return nil, nil, fmt.Errorf("-target: %s is not a readable file", target)
		}
		p.Target.URL = files.put("target", target)
	}
	if photos == "" {
		p.Friends = friends.DemoPeople()
	} else {
		paths, err := findPhotos(photos)
		if err != nil {
			return nil, nil, err
		}
		for i, path := range paths {
			base := filepath.Base(path)
			p.Friends = append(p.Friends, job.Friend{
				ID: fmt.Sprint(i + 1), Name: friends.NameOfFile(base, i+1), Photo: files.put(fmt.Sprintf("p%06d", i+1), path),
			})
		}
	}
	return p, files, p.Validate()
}

// extensions are those of the pictures that can be read. Whether a file is one, its content says.
var extensions = []string{".jpg", ".jpeg", ".png", ".gif", ".webp"}

// findPhotos lists the pictures below dir in the order of their paths, so that the same directory
// gives the same mosaic.
func findPhotos(dir string) (paths []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("-photos: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("-photos: there are no pictures (%s) in %s", strings.Join(extensions, " "), dir)
	}
	slices.Sort(paths)
	return paths, nil
}

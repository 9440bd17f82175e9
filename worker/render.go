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
	"smalti/pkg/render"
	"smalti/pkg/worker"
)

// renderLocal makes a mosaic from files on this machine: the same package, the same code, only
// that photos come from a directory and files go to one.
func renderLocal(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	o := job.Defaults()
	s := config.New("worker render", getenv, stdout)
	target := s.String("target", "", "`file` with the picture that the mosaic shows (default the demo's own)")
	photos := s.String("photos", "", "`directory` with the photos, searched to the bottom (default the demo's friends)")
	out := s.String("out", "out", "`directory` for poster.jpg, preview.jpg, atlas-0.jpg, plan.json, plan-gzip.json and manifest.json")
	s.IntVar(&o.Columns, "columns", 100, "cells from left to right")
	s.IntVar(&o.Rows, "rows", 0, "cells from top to bottom; 0: as the target's shape asks")
	s.IntVar(&o.Tile, "tile", o.Tile, "a cell's side in pixels, a multiple of 8")
	shape := s.String("shape", string(o.Shape), "square, brick or detail: large cells where the target is calm")
	s.Float64Var(&o.Tint, "tint", o.Tint, "how far a tile's mean colour may move, in CIELAB units; 0 is pure")
	s.IntVar(&o.RepeatDistance, "repeat-distance", o.RepeatDistance, "least distance of two uses of a photo, in cells")
	s.IntVar(&o.MaxUses, "max-uses", o.MaxUses, "most uses of a photo; 0: no limit")
	s.BoolVar(&o.Everyone, "everyone", o.Everyone, "everybody at least once")
	s.IntVar(&o.Quality, "quality", o.Quality, "JPEG quality, 1 to 100")
	s.Uint64Var(&o.Seed, "seed", o.Seed, "breaks ties: another seed, another mosaic")
	pdf := s.Bool("pdf", false, "make a print-ready poster.pdf too")
	s.Float64Var(&o.Bleed, "bleed", 0, "picture beyond each edge of the PDF, in millimetres")
	s.BoolVar(&o.Marks, "marks", false, "crop marks in the PDF")
	szi := s.Bool("szi", false, "make poster.szi too: a Deep Zoom pyramid in one file")
	memory := s.Int64("memory", 0, "`MB` that it may use; a mosaic that needs more is refused before it starts (default what the control group, or else the machine, allows)")
	s.Check(func() error { return worker.CheckMemory(*memory) })
	s.Check(func() error {
		o.Shape = job.Shape(*shape)
		return o.Validate()
	})
	if err := s.Parse(args); err != nil {
		return err
	}
	if *pdf {
		o.Extras = append(o.Extras, job.PDF)
	}
	if *szi {
		o.Extras = append(o.Extras, job.SZI)
	}
	start := time.Now()
	p, shelf, err := localPackage(ctx, *target, *photos, o)
	if err != nil {
		return err
	}
	gatherer := shelf.gatherer()
	room, need := worker.LimitMemory(worker.Available(*memory), 1, gatherer), render.Memory(p)
	if room != 0 && need > room {
		return fmt.Errorf("this mosaic takes about %d MB, and there is room for %d MB; fewer photos, fewer cells or smaller tiles may work", need>>20, room>>20)
	}
	folder, err := render.OpenFolder(*out, p.ID)
	if err != nil {
		return err
	}
	show := newProgress(stderr)
	result, err := render.Render(ctx, p, gatherer, folder, show.update)
	show.clear()
	if err != nil {
		if sentence, ok := job.SentenceOf(err); ok {
			return errors.New(sentence)
		}
		return err
	}
	fmt.Fprintf(stdout, "%s: %d x %d cells, %d x %d pixels, %d photos (%d could not be read), %.1f s\n",
		filepath.Join(*out, render.PosterFile), result.Columns, result.Rows, result.Width, result.Height,
		result.Friends, result.Missing, time.Since(start).Seconds())
	return nil
}

// localPackage writes the package for local files, and the shelf that its upload addresses stand
// for.
func localPackage(ctx context.Context, target, photos string, o job.Options) (*job.Package, *shelf, error) {
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Options: o, Priority: job.Interactive,
		Target: job.Target{URL: friends.DemoTarget},
	}
	s := &shelf{batch: p.ID, files: map[string]string{}}
	if target != "" {
		if info, err := os.Stat(target); err != nil || info.IsDir() {
			return nil, nil, fmt.Errorf("-target: %s is no file that can be read", target)
		}
		p.Target.URL = s.put("target", target)
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
				ID: fmt.Sprint(i + 1), Name: friends.NameOfFile(base, i+1), Photo: s.put(fmt.Sprintf("p%06d", i+1), path),
			})
		}
	}
	return p, s, p.Validate()
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

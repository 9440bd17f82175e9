package main

import (
	"context"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/disintegration/imaging"

	"smalti/pkg/likeness"
)

// benchMosaics makes all mosaics and writes everything about them.
func (s *settings) benchMosaics(ctx context.Context) error {
	worker := filepath.Join(s.temp, "worker")
	if err := buildWorker(ctx, worker); err != nil {
		return err
	}
	var ours []program
	for _, r := range allRules {
		ours = append(ours, smalti{worker, r})
	}
	installed(ctx, ours[:1])
	others := installed(ctx, peers)
	all := slices.Concat(ours, others)
	if len(installed(ctx, []program{overlay})) > 0 {
		all = append(all, overlay)
	}
	inputs, err := s.inputs(func(photos []string, dir string) ([]string, error) { return squares(photos, 0, dir) })
	if err != nil {
		return err
	}
	fmt.Printf("\n%d square photos, grids of %d x %d cells of %d pixels, repeat distance %d.\n\n",
		len(inputs[0].Names), s.columns, s.rows, s.tile, s.repeatDistance)

	var made results
	for _, in := range inputs {
		for _, p := range all {
			note("%s: %s", in.Name, p.Name())
			r, err := s.mosaic(ctx, p, in)
			if err != nil {
				return err
			}
			made = append(made, r)
		}
	}
	c := newClaims()
	made.table().write(os.Stdout)
	for _, p := range others {
		made.meansTable(p.Name()).write(os.Stdout)
		claimLikeness(c, made, p.Name())
	}
	if len(others) > 0 {
		claimNoWorse(c, made, others)
		if err := s.benchSpeed(ctx, worker, others, inputs, made, c); err != nil {
			return err
		}
	}
	claimRules(c, made, s.repeatDistance)
	if s.friends {
		if err := s.benchFriends(ctx, worker); err != nil {
			return err
		}
	}
	if s.large {
		if err := s.benchLarge(ctx, worker, c); err != nil {
			return err
		}
	}
	c.table.write(os.Stdout)
	fmt.Print("Commands, for the first target:\n\n")
	for _, r := range made {
		for _, c := range r.commands {
			if r.target == made[0].target {
				fmt.Println("    " + c)
			}
		}
	}
	fmt.Println()
	return nil
}

// mosaic makes a mosaic and measures it. The error is not the program's.
func (s *settings) mosaic(ctx context.Context, p program, in input) (r result, err error) {
	r.program, r.target = p.Name(), in.Name
	dir, err := os.MkdirTemp(s.temp, "mosaic-")
	if err != nil {
		return r, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is in a directory that is removed, too
	m, err := p.Make(ctx, in, dir)
	if err != nil {
		r.failure = err
		return r, ctx.Err()
	}
	r.cost, r.commands = m.Cost, m.Commands
	r.fairness = likeness.Fair(m.Cells, in.Columns, len(in.Names))
	target, err := decode(in.Target)
	if err != nil {
		return r, err
	}
	picture, err := decode(m.Picture)
	if err != nil {
		return r, err
	}
	if got, want := picture.Rect.Size(), image.Pt(in.Columns*in.Tile, in.Rows*in.Tile); got != want {
		return r, fmt.Errorf("%s: the mosaic of %s has %v instead of %v pixels", r.program, in.Target, got, want)
	}
	if r.kept, err = m.kept(picture, in); err != nil {
		return r, err
	}
	return r, r.compare(target, picture, in)
}

// keptEvery is how many cells go by between two that are compared with their photos.
const keptEvery = 7

// kept compares cells with the photos that they show.
func (m *made) kept(picture *image.NRGBA, in input) (likeness.Kept, error) {
	squares := map[int]*image.NRGBA{}
	var photos, cells []*image.NRGBA
	for i := 0; i < len(m.Cells); i += keptEvery {
		n := m.Cells[i]
		if squares[n] == nil {
			img, err := decode(filepath.Join(in.Photos, in.Names[n]))
			if err != nil {
				return likeness.Kept{}, err
			}
			squares[n] = img
		}
		photo := squares[n]
		if m.Views != nil && m.Views[i][2] > 0 {
			side := float64(photo.Rect.Dx())
			at := func(part float64) int { return int(math.Round(part * side)) }
			v := m.Views[i]
			photo = imaging.Crop(photo, image.Rect(at(v[0]), at(v[1]), at(v[0]+v[2]), at(v[1]+v[2])))
		}
		corner := image.Pt(i%in.Columns, i/in.Columns).Mul(in.Tile)
		photos = append(photos, imaging.Resize(photo, in.Tile, in.Tile, imaging.Lanczos))
		cells = append(cells, imaging.Crop(picture, image.Rectangle{corner, corner.Add(image.Pt(in.Tile, in.Tile))}))
	}
	return likeness.Keep(photos, cells), nil
}

// compare measures how similar a mosaic is to its target.
func (r *result) compare(target, picture *image.NRGBA, in input) error {
	for i, scale := range scales {
		width, height := max(1, int(float64(in.Columns)*scale)), max(1, int(float64(in.Rows)*scale))
		a, err := likeness.Average(target, width, height)
		if err != nil {
			return err
		}
		b, err := likeness.Average(picture, width, height)
		if err != nil {
			return err
		}
		if r.likeness[i], err = likeness.Compare(a, b); err != nil {
			return err
		}
		if i == at1 {
			if r.unrest, err = likeness.Unrest(a, b); err != nil {
				return err
			}
		}
	}
	return nil
}

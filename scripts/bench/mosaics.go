package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"

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
	inputs, err := s.inputs(0)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d square photos, grids of %d x %d cells of %d pixels, repeat distance %d.\n\n",
		len(inputs[0].Names), s.columns, s.rows, s.tile, s.repeatDistance)

	var all results
	for _, in := range inputs {
		for _, p := range slices.Concat(ours, others) {
			note("%s: %s", in.Name, p.Name())
			r, err := s.mosaic(ctx, p, in)
			if err != nil {
				return err
			}
			all = append(all, r)
		}
	}
	c := newClaims()
	all.table().write(os.Stdout)
	for _, p := range others {
		all.meansTable(p.Name()).write(os.Stdout)
		claimLikeness(c, all, p.Name())
	}
	if len(others) > 0 {
		claimNoWorse(c, all, others)
		if err := s.benchSpeed(ctx, worker, others, inputs, all, c); err != nil {
			return err
		}
	}
	claimRules(c, all, s.repeatDistance)
	if s.large {
		if err := s.benchLarge(ctx, worker, c); err != nil {
			return err
		}
	}
	c.table.write(os.Stdout)
	fmt.Print("Commands, for the first target:\n\n")
	for _, r := range all {
		for _, c := range r.commands {
			if r.target == all[0].target {
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
	for i, scale := range scales {
		a, err := likeness.Average(target, in.Columns*scale, in.Rows*scale)
		if err != nil {
			return r, err
		}
		b, err := likeness.Average(picture, in.Columns*scale, in.Rows*scale)
		if err != nil {
			return r, err
		}
		if r.likeness[i], err = likeness.Compare(a, b); err != nil {
			return r, err
		}
	}
	return r, nil
}

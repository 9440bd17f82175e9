package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"

	"smalti/pkg/likeness"
)

// scales are at how many samples per cell side pictures are compared: from far to near.
var scales = [...]int{1, 2, 4, 8}

// seen is one mosaic of one target, measured.
type seen struct {
	target  string
	program string
	failure error // why there is none

	likeness [len(scales)]likeness.Difference
	fairness likeness.Fairness
	cost     cost
	commands []string
}

// benchArt writes everything about mosaics.
func benchArt(ctx context.Context, s settings) error {
	worker := filepath.Join(s.temp, "worker")
	if err := buildWorker(ctx, worker); err != nil {
		return err
	}
	ours, others := ourselves(worker), installed(ctx)
	for _, p := range append(ours[:1:1], others...) {
		version, err := p.Version(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("- %s: %s\n", p.Name(), version)
	}
	inputs, targets, err := prepare(s)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d square photos, grids of %d x %d cells of %d pixels, repeat distance %d.\n\n",
		len(inputs[0].Names), s.columns, s.rows, s.tile, s.repeatDistance)

	var all []seen
	for i, in := range inputs {
		for _, p := range append(ours[:len(ours):len(ours)], others...) {
			note("%s: %s", targets[i], p.Name())
			r, err := one(ctx, p, in, s.temp)
			if err != nil {
				return err
			}
			r.target = targets[i]
			all = append(all, r)
		}
	}
	c := newClaims()
	likenessTable(all).write(os.Stdout)
	costTable(all).write(os.Stdout)
	if len(others) > 0 {
		for _, p := range others {
			meansTable(all, p.Name()).write(os.Stdout)
		}
		claimLikeness(c, all, others)
		if err := benchSpeed(ctx, s, worker, others, inputs, all, c); err != nil {
			return err
		}
	}
	claimRules(c, all, s)
	if s.large {
		if err := benchLarge(ctx, s, worker, c); err != nil {
			return err
		}
	}
	c.table.write(os.Stdout)
	commands(all)
	return nil
}

func ourselves(worker string) (all []program) {
	for _, r := range regimes {
		all = append(all, smalti{worker, r})
	}
	return all
}

// installed is which peers are there.
func installed(ctx context.Context) (found []program) {
	for _, p := range peers() {
		if _, err := p.Version(ctx); err != nil {
			fmt.Printf("- %s is not installed: %v\n", p.Name(), err)
			continue
		}
		found = append(found, p)
	}
	return found
}

// prepare writes the pictures that all programs get.
func prepare(s settings) (inputs []input, targets []string, err error) {
	photos, err := pictures(s.photos)
	if err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(s.temp, "photos")
	names, err := squares(photos, 0, dir)
	if err != nil {
		return nil, nil, err
	}
	paths, err := pictures(s.targets)
	if err != nil {
		return nil, nil, err
	}
	for _, path := range paths {
		if !strings.Contains(filepath.Base(path), s.only) {
			continue
		}
		img, err := read(path)
		if err != nil {
			return nil, nil, err
		}
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		target := filepath.Join(s.temp, name+".jpg")
		if err := writeJPEG(target, shaped(img, s.columns, s.rows)); err != nil {
			return nil, nil, err
		}
		targets = append(targets, name)
		inputs = append(inputs, input{
			Target: target, Photos: dir, Names: names,
			Columns: s.columns, Rows: s.rows, Tile: s.tile, RepeatDistance: s.repeatDistance,
		})
	}
	if len(inputs) == 0 {
		return nil, nil, errors.New("there is no such target")
	}
	return inputs, targets, nil
}

// one makes a mosaic and measures it. The error is not the program's.
func one(ctx context.Context, p program, in input, temp string) (seen, error) {
	r := seen{program: p.Name()}
	dir, err := os.MkdirTemp(temp, "mosaic-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
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
		return r, fmt.Errorf("%s: the mosaic of %s is %v instead of %v pixels", r.program, in.Target, got, want)
	}
	r.likeness, err = compare(target, picture, in)
	return r, err
}

func compare(target, picture *image.NRGBA, in input) (all [len(scales)]likeness.Difference, err error) {
	for i, scale := range scales {
		a, err := likeness.Average(target, in.Columns*scale, in.Rows*scale)
		if err != nil {
			return all, err
		}
		b, err := likeness.Average(picture, in.Columns*scale, in.Rows*scale)
		if err != nil {
			return all, err
		}
		if all[i], err = likeness.Compare(a, b); err != nil {
			return all, err
		}
	}
	return all, nil
}

// decode decodes a mosaic, however large.
func decode(path string) (*image.NRGBA, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return opaque(img), nil
}

// commands lists what was run, for the first target.
func commands(all []seen) {
	fmt.Print("Commands, for the first target:\n\n")
	for _, r := range all {
		if r.target == all[0].target {
			for _, c := range r.commands {
				fmt.Println("    " + c)
			}
		}
	}
	fmt.Println()
}

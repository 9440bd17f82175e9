package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// benchSpeed runs the programs in turn, so that other load on the machine affects all of them, on the first
// target that every program could make.
func (s *settings) benchSpeed(ctx context.Context, worker string, others []program, inputs []input, all results, c *claims) error {
	programs := []program{smalti{worker, pure}, smalti{worker, gentleRules}, smalti{worker, defaults}}
	if s.before != "" {
		programs = append(programs, smalti{s.before, before})
	}
	ours := len(programs)
	for _, p := range others {
		programs = append(programs, p)
		if _, ok := p.(metapixel); ok {
			programs = append(programs, metapixel{picture: ".jpg"}) // as Smalti; it is faster
		}
	}
	i := slices.IndexFunc(inputs, func(in input) bool {
		return !slices.ContainsFunc(all, func(r result) bool { return r.target == in.Name && r.failure != nil })
	})
	if i < 0 {
		c.unknown("speed", "at least 12 times", "there is no target that all programs can make")
		return nil
	}
	costs := make([][]cost, len(programs))
	for run := range s.runs {
		for k, p := range programs {
			note("speed, run %d: %s", run+1, p.Name())
			spent, err := s.timed(ctx, p, inputs[i])
			if err != nil {
				return fmt.Errorf("%s: %w", p.Name(), err)
			}
			costs[k] = append(costs[k], spent)
		}
	}
	t := newTable(fmt.Sprintf("Speed: %s, median of %d", inputs[i].Name, s.runs), "wall, s", "CPU, s", "peak, MB")
	medians := make([]cost, len(programs))
	for k, p := range programs {
		medians[k] = medianCost(costs[k])
		t.add(append([]string{p.Name()}, medians[k].cells()...)...)
	}
	t.write(os.Stdout)
	writeSteps(programs, medians)
	for k := range ours {
		for j := ours; j < len(programs); j++ {
			m, n := medians[k], medians[j]
			what := fmt.Sprintf("speed of %s relative to %s, by wall time (%.1f times by CPU time)", programs[k].Name(), programs[j].Name(), n.CPU.Seconds()/m.CPU.Seconds())
			c.atLeast(what, "%.1f times", 12, n.Wall.Seconds()/m.Wall.Seconds())
		}
	}
	return nil
}

// writeSteps writes the CPU time of each step of the programs that tell it. It means the same on other machines, and
// on busy ones.
func writeSteps(programs []program, medians []cost) {
	t := newTable(append([]string{"CPU, s, by step"}, steps...)...)
	for k, p := range programs {
		row := []string{p.Name()}
		for _, seconds := range medians[k].Steps {
			row = append(row, fmt.Sprintf("%.2f", seconds))
		}
		if len(row) > 1 {
			t.add(row...)
		}
	}
	t.write(os.Stdout)
}

func (s *settings) timed(ctx context.Context, p program, in input) (cost, error) {
	dir, err := os.MkdirTemp(s.temp, "speed-")
	if err != nil {
		return cost{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is in a directory that is removed, too
	m, err := p.Make(ctx, in, dir)
	if err != nil {
		return cost{}, err
	}
	return m.Cost, nil
}

// benchLarge makes one large mosaic of parts of the photos.
func (s *settings) benchLarge(ctx context.Context, worker string, c *claims) error {
	const side, photos = 300, 5000
	what := fmt.Sprintf("%d x %d cells with %d photos", side, side, photos)
	note("%s", what)
	l := *s
	l.columns, l.rows, l.only, l.temp = side, side, "", filepath.Join(s.temp, "large")
	if err := os.Mkdir(l.temp, 0o777); err != nil {
		return err
	}
	inputs, err := l.inputs(func(paths []string, dir string) ([]string, error) { return squares(paths, photos, dir) })
	var costs []cost
	for len(costs) < s.runs && err == nil {
		var spent cost
		spent, err = l.timed(ctx, smalti{worker, gentleRules}, inputs[0])
		costs = append(costs, spent)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		c.unknown(what, "20 s and 1500 MB", err.Error())
		return nil
	}
	m := medianCost(costs)
	c.atMost(what, "%.1f s", 20, m.Wall.Seconds())
	c.atMost(what+": memory", "%.0f MB", 1500, m.megabytes())
	return nil
}

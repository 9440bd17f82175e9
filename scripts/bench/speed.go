package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// benchSpeed runs programs in turns, so that whatever else the machine does is shared by all, on the
// first target that every program could make.
func benchSpeed(ctx context.Context, s settings, worker string, others []program, inputs []input, all []seen, c *claims) error {
	ours := []program{smalti{worker, pure}, smalti{worker, gentleRules}}
	theirs := racers(others)
	programs := append(ours[:len(ours):len(ours)], theirs...)
	in, target, ok := firstMade(inputs, all)
	if !ok {
		c.unknown("speed", "at least 12 times", "there is no target that all programs can make")
		return nil
	}
	costs := make([][]cost, len(programs))
	for run := range s.runs {
		for i, p := range programs {
			note("speed, run %d: %s", run+1, p.Name())
			spent, err := timed(ctx, p, in, s.temp)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Name(), err)
			}
			costs[i] = append(costs[i], spent)
		}
	}
	t := newTable(fmt.Sprintf("Speed: %s, median of %d", target, s.runs), "wall, s", "CPU, s", "peak, MB")
	for i, p := range programs {
		m := medianCost(costs[i])
		t.add(p.Name(), fmt.Sprintf("%.2f", m.Wall.Seconds()), fmt.Sprintf("%.2f", m.CPU.Seconds()), fmt.Sprintf("%.0f", megabytes(m)))
	}
	t.write(os.Stdout)
	for i, p := range ours {
		for k, q := range theirs {
			times := medianCost(costs[len(ours)+k]).Wall.Seconds() / medianCost(costs[i]).Wall.Seconds()
			c.atLeast(fmt.Sprintf("speed of %s beside %s", p.Name(), q.Name()), "%.1f times", 12, times)
		}
	}
	return nil
}

// racers is which peers to time: metapixel also where it writes a JPEG as we do, which is faster, but
// not with other rules.
func racers(others []program) (all []program) {
	for _, p := range others {
		m, ok := p.(metapixel)
		if ok && m.further != 0 {
			continue
		}
		all = append(all, p)
		if ok {
			all = append(all, metapixel{picture: ".jpg"})
		}
	}
	return all
}

// firstMade returns the first target that everybody made.
func firstMade(inputs []input, all []seen) (input, string, bool) {
	each := len(all) / len(inputs)
	for i, in := range inputs {
		mosaics := all[i*each : (i+1)*each]
		if !slices.ContainsFunc(mosaics, func(r seen) bool { return r.failure != nil }) {
			return in, mosaics[0].target, true
		}
	}
	return input{}, "", false
}

func timed(ctx context.Context, p program, in input, temp string) (cost, error) {
	dir, err := os.MkdirTemp(temp, "speed-")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(dir)
	m, err := p.Make(ctx, in, dir)
	if err != nil {
		return cost{}, err
	}
	return m.Cost, nil
}

// benchLarge makes one large mosaic, of photos that are parts of those that there are.
func benchLarge(ctx context.Context, s settings, worker string, c *claims) error {
	const side, photos = 300, 5000
	what := fmt.Sprintf("%d x %d cells with %d photos", side, side, photos)
	note("%s", what)
	l := s
	l.columns, l.rows, l.temp = side, side, filepath.Join(s.temp, "large")
	if err := os.Mkdir(l.temp, 0o777); err != nil {
		return err
	}
	in, err := largeInput(l, photos)
	if err != nil {
		c.unknown(what, "20 s and 1500 MB", err.Error())
		return nil
	}
	var costs []cost
	for range s.runs {
		spent, err := timed(ctx, smalti{worker, gentleRules}, in, l.temp)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			c.unknown(what, "20 s and 1500 MB", err.Error())
			return nil
		}
		costs = append(costs, spent)
	}
	m := medianCost(costs)
	c.atMost(what, "%.1f s", 20, m.Wall.Seconds())
	c.atMost(what+": memory", "%.0f MB", 1500, megabytes(m))
	return nil
}

func largeInput(s settings, photos int) (input, error) {
	there, err := pictures(s.photos)
	if err != nil {
		return input{}, err
	}
	in := input{Photos: filepath.Join(s.temp, "photos"), Columns: s.columns, Rows: s.rows, Tile: s.tile, RepeatDistance: s.repeatDistance}
	if in.Names, err = squares(there, photos, in.Photos); err != nil {
		return input{}, err
	}
	targets, err := pictures(s.targets)
	if err != nil {
		return input{}, err
	}
	img, err := read(targets[0])
	if err != nil {
		return input{}, err
	}
	in.Target = filepath.Join(s.temp, "target.jpg")
	return in, writeJPEG(in.Target, shaped(img, s.columns, s.rows))
}

// medianCost is the median of each, of what was measured.
func medianCost(all []cost) cost {
	var wall, cpu, peak []int64
	for _, c := range all {
		wall, cpu, peak = append(wall, int64(c.Wall)), append(cpu, int64(c.CPU)), append(peak, c.Peak)
	}
	return cost{time.Duration(median(wall)), time.Duration(median(cpu)), median(peak)}
}

// median of an even number of values is the lower of the two in the middle.
func median(values []int64) int64 {
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

package main

import (
	"fmt"
	"math"
	"strings"

	"smalti/pkg/likeness"
)

// likenessTable tells how much every mosaic looks like its target, at 1, 2, 4 and 8 samples per
// cell side.
func likenessTable(all []seen) *table {
	t := newTable("target", "program", "mean dE", "95th percentile dE", "PSNR of L*, dB", "SSIM of L*")
	for _, r := range all {
		if r.failure != nil {
			t.add(r.target, r.program, "none: "+r.failure.Error())
			continue
		}
		t.add(r.target, r.program,
			atScales(r, "%.2f", func(d likeness.Difference) float64 { return d.Mean }),
			atScales(r, "%.1f", func(d likeness.Difference) float64 { return d.P95 }),
			atScales(r, "%.2f", func(d likeness.Difference) float64 { return d.PSNR }),
			atScales(r, "%.3f", func(d likeness.Difference) float64 { return d.SSIM }))
	}
	return t
}

func atScales(r seen, format string, measure func(likeness.Difference) float64) string {
	var all []string
	for _, d := range r.likeness {
		all = append(all, fmt.Sprintf(format, measure(d)))
	}
	return strings.Join(all, " / ")
}

// costTable tells whom every mosaic shows, and what it cost.
func costTable(all []seen) *table {
	t := newTable("target", "program", "photos used", "most uses", "nearest repeat, cells", "pattern",
		"wall, s", "CPU, s", "peak, MB")
	for _, r := range all {
		if r.failure != nil {
			t.add(r.target, r.program, "none")
			continue
		}
		f := r.fairness
		t.add(r.target, r.program, fmt.Sprintf("%.0f%%", 100*float64(f.Used)/float64(f.Faces)), fmt.Sprint(f.MostUses),
			fmt.Sprint(f.Nearest), fmt.Sprintf("%.2f", f.Pattern), fmt.Sprintf("%.2f", r.cost.Wall.Seconds()),
			fmt.Sprintf("%.2f", r.cost.CPU.Seconds()), fmt.Sprintf("%.0f", megabytes(r.cost)))
	}
	return t
}

func megabytes(c cost) float64 { return float64(c.Peak) / 1e6 }

// metric is one measure at one scale.
type metric struct {
	name    string
	of      func(seen) float64
	smaller bool // is better
}

// measureAt returns the metrics at scales[i].
func metricsAt(i int) (dE, p95, psnr, ssim metric) {
	at := func(name string) string { return fmt.Sprintf("%s at %d", name, scales[i]) }
	return metric{at("mean dE"), func(r seen) float64 { return r.likeness[i].Mean }, true},
		metric{at("95th percentile dE"), func(r seen) float64 { return r.likeness[i].P95 }, true},
		metric{at("PSNR"), func(r seen) float64 { return r.likeness[i].PSNR }, false},
		metric{at("SSIM"), func(r seen) float64 { return r.likeness[i].SSIM }, false}
}

// worse reports whether a is worse than b.
func (m metric) worse(a, b seen) bool {
	if m.smaller {
		return m.of(a) > m.of(b)
	}
	return m.of(a) < m.of(b)
}

// meansTable compares every program with one of them, over the targets that both have made.
func meansTable(all []seen, beside string) *table {
	t := newTable("Geometric means over targets, as ratios to "+beside, "targets", "mean dE", "95th percentile dE", "SSIM of L*")
	for _, p := range programsOf(all) {
		if p == beside {
			continue
		}
		var dE, p95, ssim []string
		n := 0
		for i := range scales {
			d, p5, _, s := metricsAt(i)
			var r float64
			r, n = ratio(all, p, beside, d)
			dE = append(dE, fmt.Sprintf("%.3f", r))
			r, _ = ratio(all, p, beside, p5)
			p95 = append(p95, fmt.Sprintf("%.3f", r))
			r, _ = ratio(all, p, beside, s)
			ssim = append(ssim, fmt.Sprintf("%.3f", r))
		}
		t.add(p, fmt.Sprint(n), strings.Join(dE, " / "), strings.Join(p95, " / "), strings.Join(ssim, " / "))
	}
	return t
}

// programsOf lists the programs in the order in which they were run.
func programsOf(all []seen) (names []string) {
	for _, r := range all {
		if r.target == all[0].target {
			names = append(names, r.program)
		}
	}
	return names
}

// find returns the mosaic of a target by a program, if there is one.
func find(all []seen, target, program string) (seen, bool) {
	for _, r := range all {
		if r.target == target && r.program == program {
			return r, r.failure == nil
		}
	}
	return seen{}, false
}

// ratio is the geometric mean of one program's measure over another's, over those targets that both
// have made, and how many these are.
func ratio(all []seen, program, beside string, m metric) (mean float64, targets int) {
	sum := 0.0
	for _, a := range all {
		if a.program != program || a.failure != nil {
			continue
		}
		if b, ok := find(all, a.target, beside); ok {
			sum += math.Log(m.of(a) / m.of(b))
			targets++
		}
	}
	if targets == 0 {
		return math.NaN(), 0
	}
	return math.Exp(sum / float64(targets)), targets
}

package main

import (
	"fmt"
	"math"
	"strings"

	"smalti/pkg/likeness"
)

// scales are the samples per cell side at which pictures are compared, from across the room to near.
var scales = [...]float64{0.25, 0.5, 1, 2, 4, 8}

// Indices of some scales.
const (
	at1 = iota + 2
	at2
	at4
)

// result is the measured mosaic of one target by one program.
type result struct {
	target, program string
	failure         error // why there is none

	likeness [len(scales)]likeness.Difference
	unrest   float64 // see [likeness.Unrest], at one sample per cell
	fairness likeness.Fairness
	kept     likeness.Kept
	cost     cost
	commands []string
}

type results []result

// metric is one measure of likeness.
type metric struct {
	name    string
	format  string
	smaller bool // is better
	of      func(likeness.Difference) float64
}

var (
	meanDE  = metric{"mean dE", "%.2f", true, func(d likeness.Difference) float64 { return d.Mean }}
	p95DE   = metric{"95th percentile dE", "%.1f", true, func(d likeness.Difference) float64 { return d.P95 }}
	psnr    = metric{"PSNR of L*, dB", "%.2f", false, func(d likeness.Difference) float64 { return d.PSNR }}
	ssim    = metric{"SSIM of L*", "%.3f", false, func(d likeness.Difference) float64 { return d.SSIM }}
	metrics = []metric{meanDE, p95DE, psnr, ssim}
)

// measure is a metric at one of the scales, by its index.
type measure struct {
	metric
	scale int
}

func (m measure) String() string { return fmt.Sprintf("%s at %v", m.name, scales[m.scale]) }

func (m measure) value(r result) float64 { return m.of(r.likeness[m.scale]) }

// worse reports whether a is worse than b.
func (m measure) worse(a, b result) bool {
	if m.smaller {
		return m.value(a) > m.value(b)
	}
	return m.value(a) < m.value(b)
}

// atScales joins a text for each scale.
func atScales(text func(scale int) string) string {
	var all []string
	for i := range scales {
		all = append(all, text(i))
	}
	return strings.Join(all, " / ")
}

// table says how similar every mosaic is to its target at all scales, which photos
// it shows, and what it cost.
func (all results) table() *table {
	t := newTable("target", "program")
	for _, m := range metrics {
		t.head = append(t.head, m.name)
	}
	t.head = append(t.head, "unrest", "correlation with the own photo", "gradient energy", "photos used", "most uses, of the mean", "below a third of it", "the same face within 4 cells", "nearest repeat, cells", "pattern", "wall, s", "CPU, s", "peak, MB")
	for _, r := range all {
		row := []string{r.target, r.program}
		if r.failure != nil {
			t.add(append(row, "none: "+r.failure.Error())...)
			continue
		}
		for _, m := range metrics {
			row = append(row, atScales(func(i int) string { return fmt.Sprintf(m.format, m.of(r.likeness[i])) }))
		}
		f := r.fairness
		row = append(row, fmt.Sprintf("%.2f", r.unrest), fmt.Sprintf("%.3f", r.kept.Correlation), fmt.Sprintf("%.3f", r.kept.Gradient), fmt.Sprintf("%.0f%%", 100*float64(f.Used)/float64(f.Faces)),
			fmt.Sprintf("%d, %.2f", f.MostUses, f.Most), fmt.Sprintf("%.1f%%", 100*f.Rare), fmt.Sprintf("%.1f%%", 100*f.Near),
			fmt.Sprint(f.Nearest), fmt.Sprintf("%.2f", f.Pattern))
		t.add(append(row, r.cost.cells()...)...)
	}
	return t
}

// meansTable compares every program with another one, over the targets of which both made a mosaic.
func (all results) meansTable(other string) *table {
	t := newTable("Geometric means over targets, relative to "+other, "targets", meanDE.name, p95DE.name, ssim.name)
	for _, r := range all {
		if r.target != all[0].target || r.program == other {
			continue
		}
		_, targets := all.ratio(r.program, other, measure{meanDE, at1})
		row := []string{r.program, fmt.Sprint(targets)}
		for _, m := range []metric{meanDE, p95DE, ssim} {
			row = append(row, atScales(func(i int) string {
				mean, _ := all.ratio(r.program, other, measure{m, i})
				return fmt.Sprintf("%.3f", mean)
			}))
		}
		t.add(row...)
	}
	return t
}

// find returns the mosaic of a target by a program, if there is one.
func (all results) find(target, program string) (result, bool) {
	for _, r := range all {
		if r.target == target && r.program == program {
			return r, r.failure == nil
		}
	}
	return result{}, false
}

// ratio is the geometric mean of a program's measure relative to another's, over the targets of which both
// made a mosaic; NaN if there are none.
func (all results) ratio(program, other string, m measure) (mean float64, targets int) {
	sum := 0.0
	for _, a := range all {
		b, ok := all.find(a.target, other)
		if ok && a.program == program && a.failure == nil {
			sum += math.Log(m.value(a) / m.value(b))
			targets++
		}
	}
	return math.Exp(sum / float64(targets)), targets
}

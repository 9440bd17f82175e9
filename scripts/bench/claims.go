package main

import (
	"fmt"
	"math"
	"strings"
)

// claims are required figures beside the measured ones.
type claims struct{ table *table }

func newClaims() *claims { return &claims{newTable("What", "Required", "Measured", "Met")} }

// atMost and atLeast take the format of both numbers, such as "%.1f s".
func (c *claims) atMost(what, format string, required, measured float64) {
	c.add(what, "at most "+fmt.Sprintf(format, required), fmt.Sprintf(format, measured), measured <= required)
}

func (c *claims) atLeast(what, format string, required, measured float64) {
	c.add(what, "at least "+fmt.Sprintf(format, required), fmt.Sprintf(format, measured), measured >= required)
}

func (c *claims) add(what, required, measured string, met bool) {
	yes := "**no**"
	if met {
		yes = "yes"
	}
	c.table.add(what, required, measured, yes)
}

// unknown is for what could not be measured, and why.
func (c *claims) unknown(what, required, why string) {
	c.table.add(what, required, why, "not measured")
}

// claimLikeness compares Smalti with another program.
func claimLikeness(c *claims, all results, other string) {
	for _, claim := range []struct {
		rules    rules
		measure  measure
		required float64
	}{{pure, measure{meanDE, at1}, 0.90}, {pure, measure{ssim, at2}, 1.25}, {gentle, measure{meanDE, at1}, 0.62}, {gentle, measure{ssim, at2}, 1.40}} {
		got, targets := all.ratio(claim.rules.program(), other, claim.measure)
		what := fmt.Sprintf("%s: %v relative to %s, geometric mean of %d targets", claim.rules.name, claim.measure, other, targets)
		if claim.measure.smaller {
			c.atMost(what, "%.3f times", claim.required, got)
		} else {
			c.atLeast(what, "%.3f times", claim.required, got)
		}
	}
	for _, pair := range [][2]rules{{pure, pureRules}, {gentle, gentleRules}} {
		free, _ := all.ratio(pair[0].program(), other, measure{meanDE, at1})
		ruled, _ := all.ratio(pair[1].program(), other, measure{meanDE, at1})
		what := fmt.Sprintf("%s: share of the gain in %s over %s that is given back", pair[1].name, meanDE.name, other)
		c.atMost(what, "%.1f%%", 10, 100*givenBack(free, ruled))
	}
}

// givenBack is how much of the gain of one ratio is lost with another. "At most 40" alone limits what any
// program can keep: the optimum of that transportation problem (cells take tiles, at most 40 cells each, at
// the CIEDE2000 difference of the means, the tile's moved straight towards the cell's by the tint). Any
// prices for the tiles bound it from below: the cheapest tile of each cell at those prices, less 40 times
// all prices. With the photographs and targets of README.md, the best such prices give 0.99 of metapixel's
// difference when pure, which leaves no gain to keep, and 0.53 with the tint.
func givenBack(free, ruled float64) float64 {
	if free >= 1 {
		return math.Inf(1)
	}
	return (ruled - free) / (1 - free)
}

// claimNoWorse compares each measure with that of the best other program.
func claimNoWorse(c *claims, all results, others []program) {
	var worse []string
	compared := 0
	for _, ours := range all {
		if ours.program != pure.program() {
			continue
		}
		if ours.failure != nil {
			worse = append(worse, ours.target+": none")
			continue
		}
		for _, m := range []measure{{meanDE, at1}, {ssim, at1}, {psnr, at1}, {meanDE, at2}, {ssim, at2}, {meanDE, at4}, {ssim, at4}} {
			best, ok := all.best(ours.target, others, m)
			if !ok {
				continue
			}
			compared++
			if m.worse(ours, best) {
				worse = append(worse, fmt.Sprintf("%s, %v: %.3f, %s %.3f", ours.target, m, m.value(ours), best.program, m.value(best)))
			}
		}
	}
	text := fmt.Sprintf("%d of %d", len(worse), compared)
	if len(worse) > 0 {
		text += ": " + strings.Join(worse, "; ")
	}
	c.add("pure: measures that are worse than the best peer's (mean dE and SSIM at 1, 2 and 4 samples, PSNR at 1), over all targets",
		"0", text, compared > 0 && len(worse) == 0)
}

// best is the mosaic of some programs that is best on one measure.
func (all results) best(target string, programs []program, m measure) (best result, ok bool) {
	for _, p := range programs {
		if r, made := all.find(target, p.Name()); made && (!ok || m.worse(best, r)) {
			best, ok = r, true
		}
	}
	return best, ok
}

// claimRules checks the rules that each of Smalti's mosaics had to keep.
func claimRules(c *claims, all results, repeatDistance int) {
	pattern, nearest, used, most, peak := 0.0, math.MaxInt, 1.0, 0, 0.0
	failed := 0
	for _, r := range all {
		for _, rules := range allRules {
			if r.program != rules.program() {
				continue
			}
			if r.failure != nil {
				failed++
				continue
			}
			f := r.fairness
			pattern, peak = max(pattern, f.Pattern), max(peak, r.cost.megabytes())
			if f.Nearest > 0 {
				nearest = min(nearest, f.Nearest)
			}
			if rules.everyone {
				used, most = min(used, float64(f.Used)/float64(f.Faces)), max(most, f.MostUses)
			}
		}
	}
	c.atMost("mosaics that could not be made", "%.0f", 0, float64(failed))
	c.atMost("pattern of repeats, the largest of all mosaics", "%.2f", 2, pattern)
	c.atLeast("nearest repeat, the least of all mosaics", "%.0f cells", float64(repeatDistance), float64(nearest))
	c.atLeast("everyone: photos used, the least of all mosaics", "%.1f%%", 100, 100*used)
	c.atMost("at most 40: most uses of a photo in any mosaic", "%.0f", 40, float64(most))
	c.atMost("memory, the largest of all mosaics", "%.0f MB", 400, peak)
}

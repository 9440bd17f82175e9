package main

import (
	"fmt"
	"math"
	"strings"
)

// claimLikeness compares this program with its peers.
func claimLikeness(c *claims, all []seen, peers []program) {
	claimNoWorse(c, all, peers)
	for _, p := range peers {
		claimBeside(c, all, p.Name())
	}
}

func claimBeside(c *claims, all []seen, beside string) {
	dE, _, _, _ := metricsAt(0)
	_, _, _, ssim := metricsAt(1)
	name := func(r regime) string { return smalti{regime: r}.Name() }
	compare := func(r regime, m metric, asked float64) {
		got, targets := ratio(all, name(r), beside, m)
		what := fmt.Sprintf("%s: %s beside %s, geometric mean of %d targets", r.name, m.name, beside, targets)
		switch {
		case targets == 0:
			c.unknown(what, fmt.Sprintf("%.2f times", asked), "there is no mosaic by "+beside)
		case m.smaller:
			c.atMost(what, "%.3f times", asked, got)
		default:
			c.atLeast(what, "%.3f times", asked, got)
		}
	}
	compare(pure, dE, 0.90)
	compare(pure, ssim, 1.25)
	compare(gentle, dE, 0.62)
	compare(gentle, ssim, 1.40)
	for _, pair := range [][2]regime{{pure, pureRules}, {gentle, gentleRules}} {
		free, targets := ratio(all, name(pair[0]), beside, dE)
		ruled, _ := ratio(all, name(pair[1]), beside, dE)
		if targets > 0 {
			c.atMost(fmt.Sprintf("%s: share of the gain in %s beside %s that is given back", pair[1].name, dE.name, beside),
				"%.1f%%", 10, 100*givenBack(free, ruled))
		}
	}
}

// givenBack is how much of the gain of one ratio is lost with another. Of "at most 40" alone no program
// can keep more than the optimum of that transportation problem (cells take tiles, at most 40 cells each,
// at the CIEDE2000 difference of the means, the tile's moved straight towards the cell's by the tint). Any
// prices for the tiles bound it from below: the cheapest tile of each cell at those prices, less 40 times
// all prices. With the photographs and targets of the README, the best such prices give 0.99 of
// metapixel's difference when pure, which is nothing left to keep, and 0.53 with the tint.
func givenBack(free, ruled float64) float64 {
	if free >= 1 {
		return math.Inf(1)
	}
	return (ruled - free) / (1 - free)
}

// claimNoWorse compares each measure with the best of all peers on that measure.
func claimNoWorse(c *claims, all []seen, peers []program) {
	var metrics []metric
	for i := range 3 {
		dE, _, psnr, ssim := metricsAt(i)
		metrics = append(metrics, dE, ssim)
		if i == 0 {
			metrics = append(metrics, psnr)
		}
	}
	var worse []string
	compared := 0
	for _, ours := range all {
		if ours.program != (smalti{regime: pure}).Name() {
			continue
		}
		if ours.failure != nil {
			worse = append(worse, ours.target+": none")
			continue
		}
		for _, m := range metrics {
			best, ok := bestPeer(all, ours.target, peers, m)
			if !ok {
				continue
			}
			compared++
			if m.worse(ours, best) {
				worse = append(worse, fmt.Sprintf("%s, %s: %.3f, %s %.3f", ours.target, m.name, m.of(ours), best.program, m.of(best)))
			}
		}
	}
	text := fmt.Sprintf("0 of %d", compared)
	if len(worse) > 0 {
		text = fmt.Sprintf("%d of %d: %s", len(worse), compared, strings.Join(worse, "; "))
	}
	c.add("pure: measures that are worse than the best peer's (mean dE and SSIM at 1, 2 and 4 samples, PSNR at 1), over all targets",
		"0", text, compared > 0 && len(worse) == 0)
}

// bestPeer is the peer's mosaic that is best on one measure.
func bestPeer(all []seen, target string, peers []program, m metric) (best seen, ok bool) {
	for _, p := range peers {
		if r, made := find(all, target, p.Name()); made && (!ok || m.worse(best, r)) {
			best, ok = r, true
		}
	}
	return best, ok
}

// claimRules checks what every mosaic of this program was told to keep.
func claimRules(c *claims, all []seen, s settings) {
	pattern, nearest, used, most, peak := 0.0, math.MaxInt, 1.0, 0, 0.0
	failed := 0
	for _, r := range all {
		for _, regime := range regimes {
			if r.program != (smalti{regime: regime}).Name() {
				continue
			}
			if r.failure != nil {
				failed++
				continue
			}
			f := r.fairness
			pattern, peak = max(pattern, f.Pattern), max(peak, megabytes(r.cost))
			if f.Nearest > 0 {
				nearest = min(nearest, f.Nearest)
			}
			if regime.everyone {
				used, most = min(used, float64(f.Used)/float64(f.Faces)), max(most, f.MostUses)
			}
		}
	}
	c.atMost("mosaics that could not be made", "%.0f", 0, float64(failed))
	c.atMost("pattern of repeats, the largest of all mosaics", "%.2f", 2, pattern)
	c.atLeast("nearest repeat, the least of all mosaics", "%.0f cells", float64(s.repeatDistance), float64(nearest))
	c.atLeast("everyone: photos used, the least of all mosaics", "%.1f%%", 100, 100*used)
	c.atMost("at most 40: most uses of a photo in any mosaic", "%.0f", 40, float64(most))
	c.atMost("memory, the largest of all mosaics", "%.0f MB", 400, peak)
}

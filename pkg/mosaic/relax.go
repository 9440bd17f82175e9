package mosaic

import "fmt"

func rulesOf(o Options) rules {
	r := rules{distance: max(1, o.RepeatDistance), maxUses: o.MaxUses, everyone: o.Everyone}
	if r.maxUses == 0 || r.maxUses > o.Columns*o.Rows {
		r.maxUses = o.Columns * o.Rows
	}
	return r
}

// settle relaxes what the mere numbers forbid: fewer uses than cells, fewer faces than stand in a
// square of the repeat distance, fewer cells than tiles.
func (r *rules) settle(columns, rows int, face []int) {
	cells, tiles := columns*rows, len(face)
	faces := 0
	for t, f := range face {
		if t == f {
			faces++
		}
	}
	r.maxUses = max(r.maxUses, (cells+tiles-1)/tiles)
	for min(r.distance, columns)*min(r.distance, rows) > faces {
		r.distance = min(r.distance-1, max(columns, rows))
	}
	if tiles > cells && r.everyone {
		r.everyone, r.maxUses = false, 1 // then at least nobody takes another's place
	}
}

// relaxed compares what was asked with what the board keeps.
func relaxed(o Options, b *board) []Relaxation {
	var all []Relaxation
	if o.MaxUses > 0 && b.rules.maxUses > o.MaxUses && b.mostUses() > o.MaxUses {
		all = append(all, Relaxation{RuleMaxUses, o.MaxUses, b.mostUses(), fmt.Sprintf(
			"%s cannot fill %s with at most %s each, so a photo was used up to %s.",
			count(len(b.holders), "photo"), count(len(b.tile), "cell"), count(o.MaxUses, "use"), times(b.mostUses()))})
	}
	if b.rules.distance < o.RepeatDistance {
		all = append(all, Relaxation{RuleRepeatDistance, o.RepeatDistance, b.rules.distance, fmt.Sprintf(
			"There are too few different faces to keep repeats %s apart, so they may be as near as %s.",
			count(o.RepeatDistance, "cell"), count(b.rules.distance, "cell"))})
	}
	if o.Everyone && !b.rules.everyone {
		shown := 0
		for t := range b.holders {
			shown += min(1, len(b.holders[t]))
		}
		all = append(all, Relaxation{RuleEveryone, len(b.holders), shown, fmt.Sprintf(
			"%s have no place in %s, so %s are in it.",
			count(len(b.holders), "photo"), count(len(b.tile), "cell"), count(shown, "photo"))})
	}
	return all
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func times(n int) string { return count(n, "time") }

package mosaic

import "fmt"

// rulesFor is what was asked of so many cells, but for what the mere numbers forbid: fewer uses than
// cells, fewer faces than stand in a square of the repeat distance, fewer cells than faces.
func rulesFor(o Options, cells int, p *photos) rules {
	faces, tiles := len(p.firstTile), len(p.faceOf)
	r := rules{distance: max(1, o.RepeatDistance), maxUses: cells, everyone: o.Everyone}
	if o.MaxUses > 0 {
		r.maxUses = min(r.maxUses, o.MaxUses)
	}
	if r.everyone && faces <= cells {
		r.maxUses = min(r.maxUses, cells-faces+1) // what the others leave
	}
	r.maxUses = max(r.maxUses, (cells+tiles-1)/tiles)
	r.distance = min(r.distance, max(o.Columns, o.Rows))
	for min(r.distance, o.Columns)*min(r.distance, o.Rows) > faces {
		r.distance--
	}
	if faces > cells && r.everyone {
		r.everyone, r.maxUses = false, 1 // then at least nobody takes another's place
	}
	return r
}

// relaxed compares what was asked with what the grid keeps.
func relaxed(o Options, g *grid) []Relaxation {
	var all []Relaxation
	cells, photos, shown := 0, 0, 0
	for t, n := range g.copies {
		cells += g.uses(int32(t))
		photos += n
		if g.uses(int32(t)) > 0 {
			shown += n
		}
	}
	if o.MaxUses > 0 && g.mostUses() > o.MaxUses {
		how := ""
		if o.MaxUses*photos >= cells {
			how = " and keep repeats apart"
		}
		all = append(all, Relaxation{RuleMaxUses, o.MaxUses, g.mostUses(), fmt.Sprintf(
			"%s cannot fill %s with at most %s each%s, so one was used %s.",
			count(photos, "photo"), count(cells, "cell"), count(o.MaxUses, "use"), how, count(g.mostUses(), "time"))})
	}
	if g.rules.distance < min(o.RepeatDistance, max(g.columns, g.rows)) {
		how := "may stand beside itself"
		if g.rules.distance > 1 {
			how = fmt.Sprintf("may come back %s away", count(g.rules.distance, "cell"))
		}
		all = append(all, Relaxation{RuleRepeatDistance, o.RepeatDistance, g.rules.distance, fmt.Sprintf(
			"There are too few different faces to keep repeats %s apart, so a face %s.", count(o.RepeatDistance, "cell"), how)})
	}
	if o.Everyone && !g.rules.everyone {
		all = append(all, Relaxation{RuleEveryone, photos, shown, fmt.Sprintf(
			"%s have no place in %s, so %s are in it.",
			count(photos, "photo"), count(cells, "cell"), count(shown, "photo"))})
	}
	return all
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

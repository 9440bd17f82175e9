package mosaic

import (
	"fmt"
	"math"
)

// fairDistance is the largest distance that Fair keeps, and roomForDistance how many times as many faces it
// takes as stand in a square of that side: with fewer, hardly any choice would be left.
const (
	fairDistance    = 5
	roomForDistance = 4
)

// FairDistance is the least distance, in cells, between two uses of a face that a fair mosaic of so many
// faces keeps: 5 with 100 faces and more.
func FairDistance(faces int) int {
	return max(1, min(fairDistance, int(math.Sqrt(float64(faces)/roomForDistance))))
}

// share is the least and the most uses of a face that Fair allows.
func share(fair float64, cells, faces int) (least, most int) {
	if fair == 0 {
		return 0, cells
	}
	mean := float64(cells) / float64(faces)
	least = min(cells/faces, int(math.Ceil(mean/fair-1e-9)))
	most = max((cells+faces-1)/faces, int(mean*fair+1e-9))
	return least, most
}

// rulesFor is what was asked of so many cells, but for what the mere numbers forbid: fewer uses than
// cells, fewer faces than stand in a square of the repeat distance, fewer cells than faces.
func rulesFor(o Options, cells int, p *photos) rules {
	faces, tiles := len(p.firstTile), len(p.faceOf)
	r := rules{distance: max(1, o.RepeatDistance), maxUses: cells}
	r.least, r.share = share(o.Fair, cells, faces)
	if o.Fair > 0 {
		r.distance = max(r.distance, FairDistance(faces))
	}
	if o.MaxUses > 0 {
		r.maxUses = min(r.maxUses, o.MaxUses)
	}
	r.maxUses = max(r.maxUses, (cells+tiles-1)/tiles)
	if o.Everyone {
		r.least = max(r.least, 1)
	}
	if faces > cells && r.least > 0 {
		r.least, r.maxUses = 0, 1 // then at least nobody takes another's place
	}
	r.least = min(r.least, r.maxUses)
	r.maxUses = min(r.maxUses, max(1, cells-r.least*(faces-1))) // what the others leave
	r.distance = min(r.distance, max(o.Columns, o.Rows))
	for min(r.distance, o.Columns)*min(r.distance, o.Rows) > faces {
		r.distance--
	}
	return r
}

// relaxed compares what was asked with what the grid keeps.
func relaxed(o Options, g *grid) []Relaxation {
	var all []Relaxation
	cells, photos, shown := 0, 0, 0
	least, most := math.MaxInt, 0
	for t, n := range g.copies {
		uses := g.uses(int32(t))
		cells += uses
		photos += n
		least, most = min(least, uses), max(most, uses)
		if uses > 0 {
			shown += n
		}
	}
	leastAsked, mostAsked := share(o.Fair, cells, len(g.copies))
	if o.MaxUses > 0 && g.mostUses() > o.MaxUses {
		how := ""
		if o.MaxUses*photos >= cells {
			how = " and keep repeats apart"
		}
		all = append(all, Relaxation{RuleMaxUses, o.MaxUses, g.mostUses(), fmt.Sprintf(
			"%s cannot fill %s with at most %s each%s, so one was used %s.",
			count(photos, "photo"), count(cells, "cell"), count(o.MaxUses, "use"), how, count(g.mostUses(), "time"))})
	}
	if most > mostAsked {
		all = append(all, Relaxation{RuleMostShare, mostAsked, most, fmt.Sprintf(
			"There is no way to keep repeats apart with at most %s of each face, so one was used %s.",
			count(mostAsked, "use"), count(most, "time"))})
	}
	if g.rules.distance < min(o.RepeatDistance, max(g.columns, g.rows)) {
		how := "may stand beside itself"
		if g.rules.distance > 1 {
			how = fmt.Sprintf("may come back %s away", count(g.rules.distance, "cell"))
		}
		all = append(all, Relaxation{RuleRepeatDistance, o.RepeatDistance, g.rules.distance, fmt.Sprintf(
			"There are too few different faces to keep repeats %s apart, so a face %s.", count(o.RepeatDistance, "cell"), how)})
	}
	if least < leastAsked {
		all = append(all, Relaxation{RuleLeastShare, leastAsked, least, fmt.Sprintf(
			"Not every face could be used %s, so one was used %s.", count(leastAsked, "time"), count(least, "time"))})
	}
	if o.Everyone && shown < photos {
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

package photo

import (
	"cmp"
	"math"
	"slices"
)

// likelyFace is a window with the probability that the face of the picture is there.
type likelyFace struct {
	window
	probability float64
}

const (
	offCentre   = 0.15 // standard deviation of a face's distance from the middle of a tall picture, in widths
	trust       = 0.5  // how much of the network's evidence counts: windows next to each other repeat it
	noFace      = 2    // the evidence, added up, at which a face is as likely as none
	leastLikely = 0.1  // of the likeliest window, from which on another one is worth a look
	leastWorth  = 0.5  // evidence that makes hardly a difference beside noFace
	mostWindows = 24   // that are looked at more closely
	facesCount  = 3    // beside the profile
	enoughSkin  = 0.5  // mean likelihood of skin in the window of a face, in a photo in colour
	leastColour = 10   // mean distance from grey, in levels, of a photo in colour
	oneColour   = 0.9  // of that distance, how much at most goes in one direction
)

// likelyFaces finds where the face of a tall or square picture may be. The probabilities add up to less than 1, because there may
// be none.
func (g grid) likelyFaces() (likely []likelyFace) {
	most := leastWorth // of all probabilities until here
	least := math.Log(leastLikely * most)
	windows(g.upright(), func(p plane, x, y int, w window) {
		off := (w.left + w.side/2 - 0.5) / offCentre
		prior := math.Log(w.side) - off*off/2
		w.evidence = p.evidence(x, y, (least-prior)/trust)
		if trust*w.evidence+prior <= least {
			return
		}
		f := likelyFace{w, math.Exp(trust*w.evidence + prior)}
		likely = append(likely, f)
		if f.probability > most {
			most = f.probability
			least = math.Log(leastLikely * most)
		}
	})
	likely = slices.DeleteFunc(likely, func(f likelyFace) bool { return f.probability < leastLikely*most })
	if len(likely) > mostWindows {
		slices.SortFunc(likely, func(a, b likelyFace) int { return cmp.Compare(b.probability, a.probability) })
		likely = likely[:mostWindows]
	}
	sum, colourful := float64(noFace), g.colourful()
	for i := range likely {
		f := &likely[i]
		if colourful {
			f.probability *= min(1, g.skinIn(f.window)/enoughSkin)
		}
		sum += f.probability
	}
	for i := range likely {
		likely[i].probability /= sum
	}
	return likely
}

// colourful tells photos in colour from those in grey or in shades of one colour, in which skin has no colour of its own.
func (g grid) colourful() bool {
	u, v, all := 0, 0, 0.0
	for _, b := range g.blocks {
		du, dv := int(b.r)-int(b.g), int(b.b)-int(b.g)
		u += du
		v += dv
		all += math.Sqrt(float64(du*du + dv*dv))
	}
	return all > leastColour*float64(len(g.blocks)) && math.Hypot(float64(u), float64(v)) < oneColour*all
}

// skinIn samples how much skin there is in a window.
func (g grid) skinIn(w window) (share float64) {
	const samples = 4
	logs := logOf()
	step := w.side * float64(g.across) / samples
	for i := range samples {
		for j := range samples {
			a := int(w.top*float64(g.across) + (float64(i)+0.5)*step)
			c := int(w.left*float64(g.across) + (float64(j)+0.5)*step)
			if !g.tall {
				a, c = c, a
			}
			share += skin(logs, g.row(a)[min(c, g.across-1)])
		}
	}
	return share / (samples * samples)
}

// What it costs to lose a part of a face. Shares are of the picture's width.
const (
	cutChin  = 1    // for a chin that is surely cut
	cutBrows = 0.3  // for any part of the brows
	cutMore  = 3    // for each share of either
	cutHair  = 0.8  // for each share of the hair, of which tight portraits always lack a little
	cutMost  = 2    // beyond it, all is lost
	chinAt   = 1.08 // where a chin ends, in heights of the window
	chinOff  = 0.2  // how far above or below that is
	browsAt  = 0.1
	hairAt   = -0.4
)

// cut tells what is lost of a face in the square whose upper edge is at top, in widths of the picture.
func (f likelyFace) cut(top float64) (loss float64) {
	chin := f.top + chinAt*f.side - top - 1
	sure := min(1, max(0, 1+chin/(chinOff*f.side)))
	loss = cutChin*sure*sure + cutMore*max(0, chin)
	if brows := top - f.top - browsAt*f.side; brows > 0 {
		loss += cutBrows + cutMore*brows
	}
	loss += cutHair * max(0, top-f.top-hairAt*f.side)
	return min(loss, cutMost)
}

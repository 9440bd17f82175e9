package mosaic

import (
	"cmp"
	"slices"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// tint shifts the tiles of the placed cells and says in p.Tint how far. It takes one view after the other, because what
// tells how to shift one is a sixth of a tile in size.
func (p *Plan) tint(placed []placedCell, photos *photos) [][3]float32 {
	all, moved := make([][3]float32, len(placed)), make([]float64, len(placed))
	byView := make([]int, len(placed))
	for i := range byView {
		byView[i] = i
	}
	slices.SortFunc(byView, func(i, k int) int { return cmp.Compare(placed[i].view, placed[k].view) })
	var first []int // of each view's cells
	for i, k := range byView {
		if i == 0 || placed[k].view != placed[byView[i-1]].view {
			first = append(first, i)
		}
	}
	first = append(first, len(byView))
	parallel.Do(len(first)-1, func() func(int) {
		var r tintRange
		return func(n int) {
			view := placed[byView[first[n]]].view
			r.measure(photos.picture(int(view)), widestOffset(p.Tint.Limit))
			r.fill()
			from := photos.looks[view].colour()
			for _, i := range byView[first[n]:first[n+1]] {
				offset, way := r.towards(from, placed[i].goal, p.Tint.Limit)
				all[i], moved[i] = toYCbCr(offset), way
			}
		}
	})
	for _, way := range moved {
		p.Tint.Mean += way / float64(len(moved))
		p.Tint.Largest = max(p.Tint.Largest, way)
	}
	return all
}

// headroom is the part of the limit that is used, so that rounding in the poster cannot exceed it.
const headroom = 0.99

// towards returns the offsets in R, G and B that move the tile's mean towards goal, by limit at most, and
// how far they move it.
func (r *tintRange) towards(from, goal colour.Lab, limit float64) (offset colour.Light, moved float64) {
	whole, end := colour.Distance(from, goal), nearest(from, goal, headroom*limit)
	part := 1.0
	// Clipping in one channel changes the direction. Then the tile is moved less, until it stays within
	// the limit and comes closer to the goal.
	for range 8 {
		var way colour.Lab
		for i := range way {
			way[i] = from[i] + part*(end[i]-from[i])
		}
		light := colour.FromLab(way)
		for ch := range 3 {
			offset[ch] = r.offsetFor(ch, light[ch])
		}
		now := r.mean(offset)
		if moved = colour.Distance(from, now); moved <= limit && colour.Distance(now, goal) <= whole {
			return offset, moved
		}
		part *= 0.8
	}
	return colour.Light{}, 0
}

// toYCbCr converts an offset in R, G and B (JFIF 1.02: ITU-R BT.601 in full range).
func toYCbCr(o colour.Light) [3]float32 {
	y := 0.299*o[0] + 0.587*o[1] + 0.114*o[2]
	return [3]float32{float32(y), float32((o[2] - y) / 1.772), float32((o[0] - y) / 1.402)}
}

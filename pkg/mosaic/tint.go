package mosaic

import "smalti/pkg/colour"

// tint is the shift of a tile in a cell. It adds to what is said of the tint, with the sum for the
// mean.
func (p *Plan) tint(r *reach, tile, cell colour.Lab) [3]float32 {
	offset, moved := r.towards(tile, cell, p.Tint.Limit)
	p.Tint.Mean += moved
	p.Tint.Largest = max(p.Tint.Largest, moved)
	return toYCbCr(offset)
}

// headroom is the part of the limit that is used, so that rounding in the poster cannot break it.
const headroom = 0.99

// towards returns the offsets in R, G and B that move the tile's mean towards goal, at most by
// limit, and how far they move it.
func (r *reach) towards(from, goal colour.Lab, limit float64) (offset colour.Light, moved float64) {
	whole := colour.Distance(from, goal)
	part := 1.0
	if whole > headroom*limit {
		part = headroom * limit / whole
	}
	// A channel that clipping stops short bends the way. Then less is done, until it is neither
	// farther than allowed nor away from the goal.
	for range 8 {
		var way colour.Lab
		for i := range way {
			way[i] = from[i] + part*(goal[i]-from[i])
		}
		light := colour.FromLab(way)
		for ch := range 3 {
			offset[ch] = r.offset(ch, light[ch])
		}
		now := r.after(offset)
		if moved = colour.Distance(from, now); moved <= limit && colour.Distance(now, goal) <= whole {
			return offset, moved
		}
		part *= 0.8
	}
	return colour.Light{}, 0
}

// toYCbCr converts an offset (JFIF 1.02, which has ITU-R BT.601's weights in full range). Offsets
// have no zero point to add.
func toYCbCr(o colour.Light) [3]float32 {
	y := 0.299*o[0] + 0.587*o[1] + 0.114*o[2]
	return [3]float32{float32(y), float32((o[2] - y) / 1.772), float32((o[0] - y) / 1.402)}
}

package mosaic

// tint is the shift of a tile in a cell. It adds to what is said of the tint, with the sum for the
// mean.
func (p *Plan) tint(r *reach, tile, cell lab) [3]float32 {
	offset, moved := r.towards(tile, cell, p.Tint.Limit)
	p.Tint.Mean += moved
	p.Tint.Largest = max(p.Tint.Largest, moved)
	return toYCbCr(offset)
}

// headroom is the part of the limit that is used, so that rounding in the poster cannot break it.
const headroom = 0.99

// towards returns the offsets in R, G and B that move the tile's mean towards goal, at most by
// limit, and how far they move it.
func (r *reach) towards(from, goal lab, limit float64) (offset rgb, moved float64) {
	whole := distance(from, goal)
	part := 1.0
	if whole > headroom*limit {
		part = headroom * limit / whole
	}
	// A channel that clipping stops short bends the way. Then less is done, until it is neither
	// farther than allowed nor away from the goal.
	for range 8 {
		var way lab
		for i := range way {
			way[i] = from[i] + part*(goal[i]-from[i])
		}
		light := fromLab(way)
		for ch := range 3 {
			offset[ch] = r.offset(ch, light[ch])
		}
		now := r.after(offset)
		if moved = distance(from, now); moved <= limit && distance(now, goal) <= whole {
			return offset, moved
		}
		part *= 0.8
	}
	return rgb{}, 0
}

// toYCbCr converts an offset (JFIF 1.02, which has ITU-R BT.601's weights in full range). Offsets
// have no zero point to add.
func toYCbCr(o rgb) [3]float32 {
	y := 0.299*o[0] + 0.587*o[1] + 0.114*o[2]
	return [3]float32{float32(y), float32((o[2] - y) / 1.772), float32((o[0] - y) / 1.402)}
}

package jpeg

// interpolates reports whether the levels between those of a component are interpolated along a row. libjpeg does
// that for halves only, and not in pictures reduced to an eighth.
func (c *component) interpolates(size int) bool {
	return size > 1 && c.width > 2 && c.fx.is(2) && (c.fy.is(1) || c.fy.is(2))
}

// interpolatesDown is the same along a column.
func (c *component) interpolatesDown(size int) bool {
	return size > 1 && c.fy.is(2) && (c.fx.is(1) || c.fx.is(2) && c.width > 2)
}

// pixels has a level for each pixel of row y. Between the levels of halved components it weighs the nearest two by 3
// and 1 in each direction, and rounds up and down in turn, as libjpeg does; of others it repeats the nearest level.
func (c *component) pixels(y, width, size int) []byte {
	if c.fx.is(1) && c.fy.is(1) {
		return c.levelsOf(y)[:width]
	}
	near := c.levelsOf(y * c.fy.under / c.fy.over)
	if c.interpolatesDown(size) {
		at := y / 2
		far := c.levelsOf(at + 2*(y&1) - 1)
		if c.fx.is(1) {
			half := 1 + uint32(y&1)
			line := c.line[:width]
			for x := range line {
				line[x] = uint8((3*uint32(near[x]) + uint32(far[x]) + half) >> 2)
			}
			return line
		}
		return between2(c.line[:width], near, far)
	}
	if c.interpolates(size) {
		return between(c.line[:width], near)
	}
	line := c.line[:width]
	if c.fx.is(1) {
		return near[:width]
	}
	if c.fx.is(2) {
		for x := range line {
			line[x] = near[x/2]
		}
		return line
	}
	for x := range line {
		line[x] = near[x*c.fx.under/c.fx.over]
	}
	return line
}

// between interpolates along a row. The first and the last pixel have their level alone.
func between(out, in []byte) []byte {
	last := len(in) - 1
	out[0] = in[0]
	for i, v := range in[:last] {
		a, b := uint32(v), uint32(in[i+1])
		out[2*i+1], out[2*i+2] = uint8((3*a+b+2)>>2), uint8((3*b+a+1)>>2)
	}
	if at := 2*last + 1; at < len(out) {
		out[at] = in[last]
	}
	return out
}

// between2 interpolates along a row and a column.
func between2(out, near, far []byte) []byte {
	last := len(near) - 1
	far = far[:len(near)]
	a := 3*uint32(near[0]) + uint32(far[0])
	out[0] = uint8((4*a + 8) >> 4)
	for i := range near[:last] {
		b := 3*uint32(near[i+1]) + uint32(far[i+1])
		out[2*i+1], out[2*i+2] = uint8((3*a+b+7)>>4), uint8((3*b+a+8)>>4)
		a = b
	}
	if at := 2*last + 1; at < len(out) {
		out[at] = uint8((4*a + 7) >> 4)
	}
	return out
}

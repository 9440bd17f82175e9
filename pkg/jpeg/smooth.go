package jpeg

// Of a progressive picture that was cut off, many blocks have little more than their mean. As ITU-T T.81, K.8,
// proposes, coefficients that are still unknown are estimated from the means of the blocks around. The weights are
// those of libjpeg-turbo, which browsers use: they look at 5 x 5 blocks.

// kernel estimates a coefficient, in units of 1/256 of its step.
type kernel struct {
	k       int // in zigzag order
	weights [25]int8
}

// These are used if something is known of the coefficients. The steepness of the mean gives the low frequencies.
var smoothKernels = []kernel{
	{1, [25]int8{10: -7, 11: 50, 13: -50, 14: 7}},
	{2, [25]int8{2: -7, 7: 50, 17: -50, 22: 7}},
	{3, [25]int8{2: -1, 7: 13, 12: -24, 17: 13, 22: -1}},
	{4, [25]int8{0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0}},
	{5, [25]int8{10: -1, 11: 13, 12: -24, 13: 13, 14: -1}},
}

// These are used if nothing but the means is known. The last one, for the mean itself, adds up to 256.
var meanKernels = []kernel{
	{1, [25]int8{-1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1}},
	{2, [25]int8{-1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1}},
	{3, [25]int8{0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0}},
	{4, [25]int8{-1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1}},
	{5, [25]int8{0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0}},
	{6, [25]int8{6: 1, 8: -1, 11: 2, 13: -2, 16: 1, 18: -1}},
	{7, [25]int8{6: 1, 7: -3, 8: 1, 16: -1, 17: 3, 18: -1}},
	{8, [25]int8{6: 1, 8: -1, 11: -3, 13: 3, 16: 1, 18: -1}},
	{9, [25]int8{6: 1, 7: 2, 8: 1, 16: -1, 17: -2, 18: -1}},
	{0, [25]int8{-2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 127, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2}},
}

// smooths decides whether coefficients are estimated: if the mean is known of all components, and something else
// is not.
func (p *Picture) smooths() bool {
	useful := false
	for i := range p.parts {
		c := &p.parts[i]
		if c.kept == nil || c.quant == nil || c.left[0] < 0 {
			return false
		}
		for k := range 10 {
			if k < 6 && c.quant[k] == 0 {
				return false
			}
			useful = useful || k > 0 && c.left[k] != 0
		}
	}
	return useful && p.progressive
}

// smooth estimates the coefficients of a block that are still unknown. It returns the last one.
func (c *component) smooth(x, y, across int, left *[64]int8, coefs *[64]int32, last int) int {
	var means [25]int64
	for i := range means {
		bx, by := min(max(x+i%5-2, 0), c.across-1), min(max(y+i/5-2, 0), c.down-1)
		means[i] = int64(c.kept[(by*across+bx)*c.nx*c.ny])
	}
	kernels := meanKernels
	for k := 1; k < 10; k++ {
		if left[k] != -1 {
			kernels = smoothKernels
		}
	}
	for _, e := range kernels {
		at := zigzag[e.k]
		if c.slot[e.k] < 0 || e.k > 0 && (left[e.k] == 0 || coefs[at] != 0) || c.quant[e.k] == 0 {
			continue
		}
		sum := int64(0)
		for i, w := range e.weights {
			sum += int64(w) * means[i]
		}
		bits := left[e.k]
		if e.k == 0 {
			sum += 25 * means[12] // an int8 is too small for the weight of 152
			bits = -1
		}
		coefs[at] = c.steps[at] * estimated(sum*int64(c.quant[0]), int64(c.quant[e.k]), bits)
		last = max(last, e.k)
	}
	return last
}

// estimated rounds sum/256 steps, but to no more than the bits that are still to come can add, if that is known.
func estimated(sum, step int64, left int8) int32 {
	v := (step<<7 + max(sum, -sum)) / (step << 8)
	if left > 0 {
		v = min(v, 1<<left-1)
	}
	if sum < 0 {
		v = -v
	}
	return int32(v)
}

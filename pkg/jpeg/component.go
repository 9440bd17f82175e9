package jpeg

// component is one of the planes of a picture: luminance, say.
type component struct {
	id           byte
	h, v         int // sampling factors
	tq           byte
	across, down int         // blocks with pixels
	quant        *[64]uint16 // in zigzag order

	// What follows depends on the scale.
	nx, ny        int       // levels of a reduced block
	limit         int       // the last coefficient that they need, in zigzag order
	steps         [64]int32 // of quantization, in natural order
	width, height int       // in levels
	fx, fy        factor    // pixels for each level

	levels        []byte // of two rows of units; line y is at y % lines
	stride, lines int
	line          []byte // of a level for each pixel

	coefficients
}

// factor is a fraction, because sampling factors may be 2 and 3.
type factor struct{ over, under int }

func (f factor) is(n int) bool { return f.over == n*f.under }

// blockSize is how many levels the blocks have in a picture that is reduced to size eighths. Components with fewer
// samples keep more of them, so that most need not be interpolated (as in libjpeg).
func (c *component) blockSize(f *frame, size int) (nx, ny int) {
	nx, ny = size, size
	for nx <= 4 && nx*c.h < f.maxH*size {
		nx *= 2
	}
	for ny <= 4 && ny*c.v < f.maxV*size {
		ny *= 2
	}
	return nx, ny
}

// resize prepares for a picture that is reduced to size eighths.
func (c *component) resize(f *frame, size int) {
	c.nx, c.ny = c.blockSize(f, size)
	c.fx, c.fy = factor{f.maxH * size, c.h * c.nx}, factor{f.maxV * size, c.v * c.ny}
	c.width, c.height = ceilDiv(f.width*c.h*c.nx, f.maxH*8), ceilDiv(f.height*c.v*c.ny, f.maxV*8)
	c.limit = 0
	for k, at := range zigzag[:64] {
		if int(at)%8 < c.nx && int(at)/8 < c.ny {
			c.limit = k
		}
	}
	c.lines = 2 * c.v * c.ny
	c.stride = f.across * c.h * c.nx
	c.levels = make([]byte, c.lines*c.stride)
	if !c.fx.is(1) || !c.fy.is(1) {
		c.line = make([]byte, ceilDiv(f.width*size, 8))
	}
}

// setSteps brings the quantization table into natural order. A component that is in no scan has none.
func (c *component) setSteps() {
	if c.quant == nil {
		return
	}
	for k, at := range zigzag[:64] {
		c.steps[at] = int32(c.quant[k])
	}
}

// at is where block x of line y of blocks is in the levels.
func (c *component) at(x, y int) []byte {
	return c.levels[y*c.ny%c.lines*c.stride+x*c.nx:]
}

// levelsOf are those of line y, or of the nearest that there is.
func (c *component) levelsOf(y int) []byte {
	y = min(max(y, 0), c.height-1)
	return c.levels[y%c.lines*c.stride:][:c.width]
}

// zigzag has the natural index of each coefficient (ITU-T T.81, figure A.6). Runs of damaged data lead past the end.
var zigzag = [80]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
	63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
}

// coefficients are kept for pictures of several scans.
type coefficients struct {
	kept   []int16  // nx*ny of each block, in natural order
	known  []uint64 // by block: which of all coefficients are not 0, in zigzag order
	slot   [64]int8 // by zigzag index: where it is kept; -1: it is not
	left   [64]int8 // by zigzag index: how many bits are still to come; -1: all
	before [64]int8 // the same, without the last scan
}

// keep makes room for coefficients.
func (c *component) keep(f *frame) {
	n := f.across * c.h * f.down * c.v
	c.kept, c.known = make([]int16, n*c.nx*c.ny), make([]uint64, n)
	for k, at := range zigzag[:64] {
		x, y := int(at)%8, int(at)/8
		c.slot[k], c.left[k] = -1, -1
		if x < c.nx && y < c.ny {
			c.slot[k] = int8(y*c.nx + x)
		}
	}
	c.before = c.left
}

package poster

// zigzag[k] is the place in a block, row by row, of the k-th coefficient (T.81, Figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// The tables of T.81, K.1 (Tables K.1 and K.2), row by row.
var (
	luminanceSteps = [64]uint8{
		16, 11, 10, 16, 24, 40, 51, 61,
		12, 12, 14, 19, 26, 58, 60, 55,
		14, 13, 16, 24, 40, 57, 69, 56,
		14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77,
		24, 35, 55, 64, 81, 104, 113, 92,
		49, 64, 78, 87, 103, 121, 120, 101,
		72, 92, 95, 98, 112, 100, 103, 99,
	}
	chrominanceSteps = [64]uint8{
		17, 18, 24, 47, 99, 99, 99, 99,
		18, 21, 26, 66, 99, 99, 99, 99,
		24, 26, 56, 99, 99, 99, 99, 99,
		47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
	}
)

// quantiser turns the scaled coefficients of [fdct] into quantised ones.
type quantiser struct {
	step  [64]uint8   // row by row, as the decoder gets it
	scale [64]float32 // what a coefficient of fdct is multiplied by
}

// newQuantiser scales a table of Annex K to a quality from 1 to 100 as the Independent JPEG Group
// does: 50 is the table itself, and 100 has steps of 1. Samples are worth unit levels of 8 bits.
func newQuantiser(table *[64]uint8, quality int, unit float64) *quantiser {
	percent := 200 - 2*quality
	if quality < 50 {
		percent = 5000 / quality
	}
	q := &quantiser{}
	for i, base := range table {
		step := min(max((int(base)*percent+50)/100, 1), 255)
		q.step[i] = uint8(step)
		q.scale[i] = float32(unit / (8 * float64(step) * fdctScale[i/8] * fdctScale[i%8]))
	}
	return q
}

// round quantises one coefficient (T.81, A.3.4). The offset makes truncation round to the nearest:
// no coefficient is as far from 0.
func round(x float32) int32 {
	const offset = 1 << 12
	return int32(float32(x)+(offset+0.5)) - offset
}

// overshoot is by how many levels a shift may bring the mean of a block beyond black or white, so that a
// tile with some white in it can still be made lighter elsewhere. Decoders clip to 8 bits, as they
// must for any quantised block.
const overshoot = 64

// dcRange returns the least and the greatest DC value, quantised, that a block may be shifted to. Its
// differences have 11 bits at most, as Table F.1 asks: with steps of 1, at the highest qualities, that
// leaves nothing beyond black and white.
func (q *quantiser) dcRange() (lo, hi int32) {
	step := int32(q.step[0])
	most := (8*(128+overshoot) + step/2) / step
	return max(-1024, -most), min(1023, most)
}

// shift quantises an offset in levels of 8 bits: a DC coefficient is eight times the mean.
func (q *quantiser) shift(levels float32) int32 {
	return round(min(max(levels, -256), 256) * 8 / float32(q.step[0]))
}

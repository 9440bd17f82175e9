package poster

import "math"

// A shading is a smooth field, and in a block of 8 x 8 samples it is close to a plane: its mean changes the block's DC
// coefficient, its slopes the first AC coefficient of each direction (T.81, A.3.3). The field is a sum of products of a
// function of x and one of y, and so are its coefficients: sums over the nodes, first down the columns, then along the
// row.

// ramp is a block's place in a cell along one direction: how much of each of the four nodes there is in the
// coefficients 0 and 1 of the block's samples.
type ramp struct{ mean, slope [4]float64 }

// newRamps returns those of all blocks along a cell, whose side is a number of blocks.
func newRamps(blocks int) []ramp {
	all := make([]ramp, blocks)
	for i := range all {
		for x := range 8 {
			node, part := nodeBefore(8*i+x, 8*blocks)
			cos := math.Cos(float64(2*x+1) * math.Pi / 16)
			for k, share := range [2]float64{1 - part, part} {
				all[i].mean[node+k] += share / math.Sqrt(8)
				all[i].slope[node+k] += share * cos / 2
			}
		}
	}
	return all
}

// Numbers have a fixed point, so that all machines write the same bytes: so many bits after a sum down the columns, and
// so many more after one along the row. A fine coefficient has fineBits of a quantisation step.
const (
	fineBits   = 4
	columnBits = 6
	rowBits    = 10
	allBits    = fineBits + columnBits + rowBits
)

// fixedRamp is a ramp for both sums: down the columns, for each of the three coefficients that change in its quantisation
// steps, and along the row.
type fixedRamp struct {
	dc, right, down [4]int32
	mean, slope     [4]int32
}

func newFixedRamps(blocks int, q *quantiser) []fixedRamp {
	all := make([]fixedRamp, blocks)
	for i, r := range newRamps(blocks) {
		f := &all[i]
		for k := range 4 {
			f.dc[k] = fixed(r.mean[k] / float64(q.step[0]))
			f.right[k] = fixed(r.mean[k] / float64(q.step[1]))
			f.down[k] = fixed(r.slope[k] / float64(q.step[8]))
			f.mean[k], f.slope[k] = fixed(r.mean[k]), fixed(r.slope[k])
		}
	}
	return all
}

// fixed has rowBits, or what is as many: fineBits and columnBits.
func fixed(v float64) int32 { return int32(math.Round(v * (1 << rowBits))) }

// line is a component's shading along a row of blocks: its nodes, summed down the columns.
type line struct {
	dcDown [4]int // for DC in the upper 32 bits and for AC10 in the lower ones: both are multiplied by the same
	right  [4]int
	shift  int // of all blocks, and a half for rounding
}

func newLine(nodes *[16]int8, shift int, row *fixedRamp) (l line) {
	for i, n := range nodes {
		l.dcDown[i&3] += int(n)*int(row.dc[i>>2])<<32 + int(n)*int(row.down[i>>2])
		l.right[i&3] += int(n) * int(row.right[i>>2])
	}
	l.shift = shift + 1<<(allBits-1)
	return l
}

// fineBlock has the coefficients that a shading changes, in 2^-fineBits of their quantisation steps.
type fineBlock struct{ dc, right, down int16 }

// fine returns those of a transformed block.
func (q *quantiser) fine(b *[64]float32) fineBlock {
	round := func(at int) int16 {
		const offset = 1 << 15
		return int16(int32(float32(b[at]*q.scale[at]*(1<<fineBits))+(offset+0.5)) - offset)
	}
	return fineBlock{round(0), round(1), round(8)}
}

// head is what a block begins with: its DC coefficient, and the first AC coefficient of each direction, quantised.
type head struct{ dc, right, down int16 }

// heads adds a shading to blocks in a row, which are all or every second of their MCUs' blocks. The DC values are from
// lo to hi.
func (l *line) heads(out []head, blocks []shadedBlock, step int, ramps []fixedRamp, rampStep int, lo, hi int) {
	const half = 1 << (allBits - 1)
	const fine = allBits - fineBits
	p0, p1, p2, p3 := l.dcDown[0], l.dcDown[1], l.dcDown[2], l.dcDown[3]
	r0, r1, r2, r3 := l.right[0], l.right[1], l.right[2], l.right[3]
	shift := l.shift
	out = out[:len(blocks)]
	column := 0
	for i := 0; i < len(blocks); i += step {
		b, c := &blocks[i], &ramps[column]
		both := p0*int(c.mean[0]) + p1*int(c.mean[1]) + p2*int(c.mean[2]) + p3*int(c.mean[3])
		down := int(int32(both))
		dc := (both-down)>>32 + int(b.dc)<<fine + shift
		down += int(b.down)<<fine + half
		right := r0*int(c.slope[0]) + r1*int(c.slope[1]) + r2*int(c.slope[2]) + r3*int(c.slope[3]) + int(b.right)<<fine + half
		out[i] = head{
			int16(min(max(dc>>allBits, lo), hi)),
			int16(min(max(right>>allBits, -maxAC), maxAC)), int16(min(max(down>>allBits, -maxAC), maxAC)),
		}
		column += rampStep
	}
}

// maxAC is the greatest AC coefficient (T.81, Table F.2).
const maxAC = 1023

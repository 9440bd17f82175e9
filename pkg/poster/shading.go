package poster

import "smalti/pkg/parallel"

// shadedCell is a cell with a shading in a strip: the columns of MCUs from <= column < to of its picture.
type shadedCell struct {
	cell     *Cell
	picture  int
	from, to int
}

// shading holds what cells with a shading are composed of. Each of their blocks is coded anew as far as the second AC
// coefficient; the rest is copied.
type shading struct {
	layout   *layout
	sampling Subsampling
	quant    [2]*quantiser
	blocks   []blockInMCU
	pictures []shadedPicture // of the layout
	codes    [2]headCodes
}

func newShading(l *layout, pictures []*coefficients, t *transformer) *shading {
	s := &shading{layout: l, sampling: t.sampling, quant: t.quant, pictures: make([]shadedPicture, len(pictures))}
	_, all := t.sampling.blocksPerMCU()
	luma := all / 3 // blocks of luminance beside each other in an MCU
	for i := range all {
		b := blockInMCU{component: t.sampling.componentOf(i), columns: 1}
		if b.component == 0 {
			b.down, b.column, b.columns = i/2, i%2, luma
		} else {
			b.destination = 1
		}
		lo, hi := t.quant[b.destination].dcRange()
		b.lo, b.hi = int(lo), int(hi)
		s.blocks = append(s.blocks, b)
	}
	var ramps [5][2][]fixedRamp // by span
	for i, c := range pictures {
		r := &ramps[l.pictures[i].span]
		if r[0] == nil {
			r[0], r[1] = newFixedRamps(c.side*luma, t.quant[0]), newFixedRamps(c.side, t.quant[1])
		}
		s.pictures[i] = shadedPicture{side: c.side, ramps: *r}
	}
	for _, c := range l.shaded {
		s.pictures[c.picture].uses++
	}
	for i, c := range pictures {
		if p := &s.pictures[i]; p.uses > 0 {
			p.blocks = make([]shadedBlock, len(c.fine))
			for k, f := range c.fine {
				p.blocks[k].fineBlock = f
			}
		}
		c.fine = nil
	}
	return s
}

// blockInMCU tells about one of an MCU's blocks.
type blockInMCU struct {
	component, destination int
	down                   int // how many blocks of the component are above it in the MCU
	column, columns        int // which block of a row of the component in the MCU it is, and of how many
	lo, hi                 int // of its DC value
}

// shadedRow is a row of MCUs of a cell with a shading.
type shadedRow struct {
	*shading
	picture  *shadedPicture
	cell     *Cell
	y        int
	block    int // the first one
	from, to int // columns of MCUs
}

func (s *shading) row(p *placement, sub int) shadedRow {
	c := &s.layout.shaded[p.shaded-1]
	picture, y := &s.pictures[c.picture], int(p.skipRows)+sub
	return shadedRow{s, picture, c.cell, y, (y*picture.side + c.from) * len(s.blocks), c.from, c.to}
}

// headRun is of how many MCUs heads are made at once.
const headRun = 16

// heads makes those of the first MCUs that are left, takes these off, and returns their blocks.
func (r *shadedRow) heads(out *[6 * headRun]head) []shadedBlock {
	mcus := min(r.to-r.from, headRun)
	all := len(r.blocks)
	n := mcus * all
	blocks := r.picture.blocks[r.block : r.block+n]
	var l line
	for i := range r.blocks {
		b := &r.blocks[i]
		ramps := r.picture.ramps[b.destination]
		if b.column == 0 { // else the line is the one of the block before
			l = newLine(&r.cell.Shading[b.component], r.quant[b.destination].fineShift(r.cell.Shift[b.component]),
				&ramps[r.y*b.columns+b.down])
		}
		l.heads(out[i:n], blocks[i:], all, ramps[r.from*b.columns+b.column:], b.columns, b.lo, b.hi)
	}
	r.from += mcus
	r.block += n
	return blocks
}

// fineShift is an offset in levels of 8 bits as part of a DC coefficient with allBits.
func (q *quantiser) fineShift(levels float32) int {
	return int(float64(min(max(levels, -256), 256)) * (8 << allBits) / float64(q.step[0]))
}

// countedRows is about how many rows of MCUs are counted: enough to make good Huffman tables of, and few enough to take
// little time beside composing.
const countedRows = 64

// count adds the symbols of a poster of height rows of MCUs with shaded cells: those of some rows, for all. Every symbol
// gets a code.
func (s *shading) count(counts *symbolCounts, pictures []*coefficients, height int) {
	for d := range counts {
		for size := range 12 {
			counts[d][dcTable][size]++
		}
		for symbol := range 256 {
			if size := symbol & 15; size >= 1 && size <= 10 || symbol == 0x00 || symbol == 0xf0 {
				counts[d][acTable][symbol]++
			}
		}
	}
	step := max(1, height/countedRows)
	rows := make([]symbolCounts, (height+step-1)/step)
	parallel.Each(len(rows), func(i int) { s.countRow(&rows[i], i*step, int64(step)) })
	for i := range rows {
		counts.add(&rows[i])
	}
	rests := make([]symbolCounts, len(pictures))
	parallel.Each(len(rests), func(i int) { rests[i].countRest(pictures[i], s.sampling, s.pictures[i].uses) })
	for i := range rests {
		counts.add(&rests[i])
	}
}

// countRow counts the heads of all shaded cells in a row of MCUs.
func (s *shading) countRow(counts *symbolCounts, row int, times int64) {
	var heads [6 * headRun]head
	for strip := range len(s.layout.strips) - 1 {
		var before [3]int32
		placements, sub := s.layout.row(strip, row)
		for i := range placements {
			if placements[i].shaded == 0 {
				continue
			}
			for r := s.row(&placements[i], sub); r.from < r.to; {
				for k, h := range heads[:len(r.heads(&heads))] {
					component := s.blocks[k%len(s.blocks)].component
					counts.countDC(component, int32(h.dc)-before[component], times)
					before[component] = int32(h.dc)
					counts.countHead(component, h, times)
				}
			}
		}
	}
}

// countHead counts a head's AC coefficients.
func (s *symbolCounts) countHead(component int, h head, times int64) {
	ac := &s[min(component, 1)][acTable]
	run := uint8(0)
	for _, v := range [2]int16{h.right, h.down} {
		if size, _ := magnitude(int32(v)); size > 0 {
			ac[run<<4|size] += times
			run = 0
		} else {
			run++
		}
	}
}

package poster

import "smalti/pkg/parallel"

// The four tables: two classes (DC, AC) of two destinations (luminance, chrominance).
const (
	dcTable = 0
	acTable = 1
)

// symbolCounts are histograms of symbols, by destination and class.
type symbolCounts [2][2]histogram

func (s *symbolCounts) add(other *symbolCounts) {
	for d := range s {
		for c := range s[d] {
			for symbol := range s[d][c] {
				s[d][c][symbol] += other[d][c][symbol]
			}
		}
	}
}

func (s *symbolCounts) countDC(component int, diff int32, times int64) {
	size, _ := magnitude(diff)
	s[min(component, 1)][dcTable][size] += times
}

// count counts the symbols of a poster of height rows of MCUs: those inside of segments times their uses,
// and the DC differences between neighbours one by one.
func (l *layout) count(pictures []*coefficients, rows []segmentRow, s Subsampling, height int) *symbolCounts {
	var all []*symbolCounts
	own := func() *symbolCounts {
		all = append(all, &symbolCounts{})
		return all[len(all)-1]
	}
	parallel.Do(len(l.segments), func() func(int) {
		h := own()
		return func(i int) { h.countSegment(pictures[l.segments[i].picture], s, l.segments[i], l.uses[i]) }
	})
	parallel.Do(height, func() func(int) {
		h := own()
		return func(row int) { h.countRow(l, rows, row) }
	})
	for _, h := range all[1:] {
		all[0].add(h)
	}
	return all[0]
}

func (s *symbolCounts) countSegment(c *coefficients, sampling Subsampling, u segment, uses int64) {
	for y := range c.side {
		c.walk(sampling, u, y, func(component int, diff int32, first bool, tokens []token) {
			if !first {
				s.countDC(component, diff, uses)
			}
			ac := &s[min(component, 1)][acTable]
			for _, t := range tokens {
				ac[t.symbol()] += uses
			}
		})
	}
}

func (s *symbolCounts) countRow(l *layout, rows []segmentRow, row int) {
	for strip := range len(l.strips) - 1 {
		var before [3]int32
		placements, sub := l.row(strip, row)
		for i := range placements {
			p := &placements[i]
			if p.shaded > 0 {
				return // shading.count counts this row, or one like it
			}
			r := &rows[int(p.row)+sub]
			for c := range 3 {
				s.countDC(c, int32(r.first[c])+int32(p.shift[c])-before[c], 1)
				before[c] = int32(r.last[c]) + int32(p.shift[c])
			}
		}
	}
}

// row returns the placements of a strip in a row of MCUs, and how many rows it is below the first of their
// band.
func (l *layout) row(strip, row int) (placements []placement, sub int) {
	n := row/l.tile*(len(l.strips)-1) + strip
	return l.placements[l.starts[n]:l.starts[n+1]], row % l.tile
}

// walk visits the blocks of a segment's row of MCUs in order, with the DC difference to the component's
// previous block, which the first one does not have.
func (c *coefficients) walk(s Subsampling, u segment, y int, visit func(component int, diff int32, first bool, tokens []token)) {
	_, all := s.blocksPerMCU()
	var before [3]int32
	var seen [3]bool
	for x := u.from; x < u.to; x++ {
		for b := range all {
			i := (y*c.side+x)*all + b
			component := s.componentOf(b)
			visit(component, int32(c.dc[i])-before[component], !seen[component], c.block(i))
			before[component], seen[component] = int32(c.dc[i]), true
		}
	}
}

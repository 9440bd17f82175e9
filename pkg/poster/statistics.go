package poster

import "smalti/pkg/parallel"

// The four tables: two classes (DC, AC) of two destinations (luminance, chrominance).
const (
	dcTable = 0
	acTable = 1
)

// statistics are the histograms of a poster's symbols, by destination and class.
type statistics [2][2]histogram

func (s *statistics) add(other *statistics) {
	for d := range s {
		for c := range s[d] {
			for symbol := range s[d][c] {
				s[d][c][symbol] += other[d][c][symbol]
			}
		}
	}
}

func (s *statistics) countDC(component int, diff int32, times int64) {
	size, _ := magnitude(diff)
	s[min(component, 1)][dcTable][size] += times
}

// count returns the statistics of a poster of height rows of MCUs. What is inside of units counts
// as often as they are used; DC differences between neighbours are counted one by one.
func (l *layout) count(pictures []*transformed, runs []run, s Subsampling, height int) *statistics {
	var all []*statistics
	own := func() *statistics {
		all = append(all, &statistics{})
		return all[len(all)-1]
	}
	parallel.Do(len(l.units), func() func(int) {
		h := own()
		return func(i int) { h.countUnit(pictures[l.units[i].picture], s, l.units[i], l.uses[i]) }
	})
	parallel.Do(height, func() func(int) {
		h := own()
		return func(row int) { h.countRow(l, runs, row) }
	})
	for _, h := range all[1:] {
		all[0].add(h)
	}
	return all[0]
}

func (s *statistics) countUnit(p *transformed, sampling Subsampling, u unit, uses int64) {
	for y := range p.side {
		p.walk(sampling, u, y, func(component int, diff int32, first bool, tokens []token) {
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

func (s *statistics) countRow(l *layout, runs []run, row int) {
	for strip := range len(l.strips) - 1 {
		var before [3]int32
		pieces, sub := l.row(strip, row)
		for i := range pieces {
			p := &pieces[i]
			r := &runs[int(p.run)+sub]
			for c := range 3 {
				s.countDC(c, int32(r.first[c])+int32(p.shift[c])-before[c], 1)
				before[c] = int32(r.last[c]) + int32(p.shift[c])
			}
		}
	}
}

// row returns the pieces of a strip that a row of MCUs crosses, and by how much their runs lie after
// the ones they name.
func (l *layout) row(strip, row int) (pieces []piece, sub int) {
	n := row/l.tile*(len(l.strips)-1) + strip
	return l.pieces[l.starts[n]:l.starts[n+1]], row % l.tile
}

// walk visits the blocks of a unit's row of MCUs in order, with each one's DC difference to the
// block of its component before it. The first block of each component has none.
func (p *transformed) walk(s Subsampling, u unit, y int, visit func(component int, diff int32, first bool, tokens []token)) {
	_, all := s.blocksPerMCU()
	var before [3]int32
	var seen [3]bool
	for x := u.from; x < u.to; x++ {
		for b := range all {
			i := (y*p.side+x)*all + b
			c := s.componentOf(b)
			visit(c, int32(p.dc[i])-before[c], !seen[c], p.block(i))
			before[c], seen[c] = int32(p.dc[i]), true
		}
	}
}

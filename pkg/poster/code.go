package poster

import (
	"image"
	"slices"

	"smalti/pkg/parallel"
	"smalti/pkg/resample"
)

// transformAll transforms the layout's pictures.
func (l *layout) transformAll(tiles []*image.NRGBA, o *Options) []*transformed {
	out := make([]*transformed, len(l.pictures))
	parallel.Do(len(out), func() func(int) {
		t := newTransformer(o)
		return func(i int) {
			p := l.pictures[i]
			out[i] = t.transform(resize(tiles[p.tile], p.span*o.Tile))
		}
	})
	return out
}

// resize returns the tile at a side.
func resize(tile *image.NRGBA, side int) *image.NRGBA {
	if tile.Rect.Dx() == side {
		return tile
	}
	return resample.Lanczos(tile, side, side)
}

// numberRuns makes the units' runs, as yet without bits, and settles the pieces: each names a run
// instead of a unit, and its shift leaves every DC value within what can be coded and decoded.
func (l *layout) numberRuns(pictures []*transformed, t *transformer) []run {
	runs := make([]run, 0, len(l.units))
	first := make([]int32, len(l.units))
	for n, u := range l.units {
		first[n] = int32(len(runs))
		for y := range pictures[u.picture].side {
			runs = append(runs, newRun(pictures[u.picture], t.sampling, u, y))
		}
	}
	var lo, hi [3]int32
	for c := range 3 {
		lo[c], hi[c] = t.quant[min(c, 1)].dcRange()
	}
	for i := range l.pieces {
		p := &l.pieces[i]
		of := pictures[l.units[p.run].picture]
		for c, s := range p.shift {
			p.shift[c] = int16(max(lo[c]-int32(of.lo[c]), min(hi[c]-int32(of.hi[c]), int32(s))))
		}
		p.run = first[p.run] + int32(p.skip)
	}
	return runs
}

func newRun(p *transformed, s Subsampling, u unit, y int) (r run) {
	luma, all := s.blocksPerMCU()
	first := p.dc[(y*p.side+u.from)*all:]
	last := p.dc[(y*p.side+u.to-1)*all:]
	r.first = [3]int16{first[0], first[luma], first[luma+1]}
	r.last = [3]int16{last[luma-1], last[luma], last[luma+1]}
	return r
}

// codeAll codes the units, fills in their runs and returns the words that the runs lie in.
func (l *layout) codeAll(pictures []*transformed, runs []run, s Subsampling, tables *tables) []uint64 {
	first := make([]int, len(l.units)+1)
	for n, u := range l.units {
		first[n+1] = first[n] + pictures[u.picture].side
	}
	coded := make([][]uint64, len(l.units))
	parallel.Do(len(l.units), func() func(int) {
		var p packer
		return func(n int) {
			u := l.units[n]
			p.words = p.words[:0]
			for y := range pictures[u.picture].side {
				p.code(pictures[u.picture], s, u, y, tables, &runs[first[n]+y])
			}
			coded[n] = slices.Clone(p.words)
		}
	})
	words := make([]uint64, 0, total(coded))
	for n := range coded {
		for i := first[n]; i < first[n+1]; i++ {
			runs[i].at += uint32(len(words))
		}
		words = append(words, coded[n]...)
	}
	l.makeReady(runs, first, words)
	return words
}

func total(parts [][]uint64) (n int) {
	for _, p := range parts {
		n += len(p)
	}
	return n
}

// code appends one row of a unit.
func (p *packer) code(from *transformed, s Subsampling, u unit, y int, tables *tables, r *run) {
	start, stretch, before := len(p.words), -1, 0
	end := func() {
		if stretch >= 0 {
			r.bits[stretch] = uint32((len(p.words)-before)*64) + uint32(p.used)
			p.flush()
		}
		stretch, before = stretch+1, len(p.words)
	}
	from.walk(s, u, y, func(component int, diff int32, first bool, tokens []token) {
		dc, ac := tables[min(component, 1)][dcTable], tables[min(component, 1)][acTable]
		if first {
			end()
		} else {
			size, extra := magnitude(diff)
			p.put(uint32(dc.code[size]), uint(dc.size[size]))
			p.put(extra, uint(size))
		}
		for _, t := range tokens {
			symbol := t.symbol()
			p.put(uint32(ac.code[symbol]), uint(ac.size[symbol]))
			p.put(t.extra(), uint(symbol&15))
		}
	})
	end()
	r.at, r.words = uint32(start), uint32(len(p.words)-start)
}

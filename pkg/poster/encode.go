package poster

import (
	"image"
	"slices"

	"smalti/pkg/parallel"
	"smalti/pkg/resample"
)

// transformAll transforms the layout's pictures.
func (l *layout) transformAll(tiles []*image.NRGBA, o *Options) []*coefficients {
	out := make([]*coefficients, len(l.pictures))
	parallel.Do(len(out), func() func(int) {
		t := newTransformer(o)
		t.fine = len(l.shaded) > 0
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

// makeRows makes the rows of all segments, without their bits, and completes the placements: each gets
// the number of a row in place of that of a segment, and its shift is limited to what can be coded.
func (l *layout) makeRows(pictures []*coefficients, t *transformer) []segmentRow {
	rows := make([]segmentRow, 0, len(l.segments))
	first := make([]int32, len(l.segments))
	for n, u := range l.segments {
		first[n] = int32(len(rows))
		for y := range pictures[u.picture].side {
			rows = append(rows, newSegmentRow(pictures[u.picture], t.sampling, u, y))
		}
	}
	var lo, hi [3]int32
	for c := range 3 {
		lo[c], hi[c] = t.quant[min(c, 1)].dcRange()
	}
	for i := range l.placements {
		p := &l.placements[i]
		if p.shaded > 0 {
			continue
		}
		of := pictures[l.segments[p.row].picture]
		for c, s := range p.shift {
			p.shift[c] = int16(max(lo[c]-int32(of.lo[c]), min(hi[c]-int32(of.hi[c]), int32(s))))
		}
		p.row = first[p.row] + int32(p.skipRows)
	}
	return rows
}

func newSegmentRow(c *coefficients, s Subsampling, u segment, y int) (r segmentRow) {
	luma, all := s.blocksPerMCU()
	first := c.dc[(y*c.side+u.from)*all:]
	last := c.dc[(y*c.side+u.to-1)*all:]
	r.first = [3]int16{first[0], first[luma], first[luma+1]}
	r.last = [3]int16{last[luma-1], last[luma], last[luma+1]}
	return r
}

// encodeAll codes the segments, completes their rows and returns the words with the bits.
func (l *layout) encodeAll(pictures []*coefficients, rows []segmentRow, s Subsampling, tables *tables) []uint64 {
	first := make([]int, len(l.segments)+1)
	for n, u := range l.segments {
		first[n+1] = first[n] + pictures[u.picture].side
	}
	coded := make([][]uint64, len(l.segments))
	parallel.Do(len(l.segments), func() func(int) {
		var p bitWriter
		return func(n int) {
			u := l.segments[n]
			p.words = p.words[:0]
			for y := range pictures[u.picture].side {
				p.encode(pictures[u.picture], s, u, y, tables, &rows[first[n]+y])
			}
			coded[n] = slices.Clone(p.words)
		}
	})
	words := make([]uint64, 0, total(coded))
	for n := range coded {
		for i := first[n]; i < first[n+1]; i++ {
			rows[i].firstWord += uint32(len(words))
		}
		words = append(words, coded[n]...)
	}
	l.alignOften(rows, first, words)
	return words
}

func total(parts [][]uint64) (n int) {
	for _, p := range parts {
		n += len(p)
	}
	return n
}

// encode appends one row of a segment.
func (p *bitWriter) encode(from *coefficients, s Subsampling, u segment, y int, tables *tables, r *segmentRow) {
	start, stretch, before := len(p.words), -1, 0
	end := func() {
		if stretch >= 0 {
			r.bits[stretch] = uint32((len(p.words)-before)*64) + uint32(p.pendingBits)
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
			p.putToken(t, ac)
		}
	})
	end()
	r.firstWord, r.words = uint32(start), uint32(len(p.words)-start)
}

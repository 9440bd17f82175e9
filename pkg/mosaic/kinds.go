package mosaic

import (
	"context"
	"math"
	"slices"

	"smalti/pkg/parallel"
)

// kindSide is how far apart colours of one kind may be in each coordinate, in CIELAB units.
const kindSide = 6

// bound is a tile and what it costs a cell of some kind at least: bounds sort by that.
type bound uint64

func newBound(t int, least float32) bound {
	return bound(math.Float32bits(max(0, least)))<<32 | bound(t)
}

func (b bound) tile() int      { return int(uint32(b)) }
func (b bound) least() float32 { return math.Float32frombits(uint32(b >> 32)) }

// sort puts cells of nearly the same colour into one kind, and orders the tiles for each kind, so that
// a cell need not look at tiles that are too far off.
func (m *matcher) sort(ctx context.Context) error {
	type box [3]int16
	number := map[box]int32{}
	var members [][]int32
	m.kind = make([]int32, len(m.cell))
	for c := range m.cell {
		var b box
		for i, v := range m.cell[c].lab {
			b[i] = int16(math.Floor(float64(v) / kindSide))
		}
		k, known := number[b]
		if !known {
			k = int32(len(members))
			number[b] = k
			members = append(members, nil)
		}
		m.kind[c] = k
		members[k] = append(members[k], int32(c))
	}
	m.kinds = make([][]bound, len(members))
	return parallel.Ranges(ctx, len(members), 8, nil, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			m.kinds[k] = m.bounds(members[k])
		}
	})
}

// bounds finds what each tile costs any of these cells at least. Differences to the first of them are
// taken, less how far the others are from it. Of what far adds up, each part grows with them.
func (m *matcher) bounds(cells []int32) []bound {
	a := &m.cell[cells[0]]
	var evenWide, labWide, lightWide float32
	for _, c := range cells {
		o := &m.cell[c]
		evenWide = max(evenWide, apart(o.even, a.even))
		labWide = max(labWide, apart(o.lab, a.lab))
		lightWide = max(lightWide, o.lab[0]-a.lab[0], a.lab[0]-o.lab[0])
	}
	all := make([]bound, len(m.tile))
	for t := range m.tile {
		b := &m.tile[t]
		colour := max(0, apart(a.even, b.even)-evenWide)
		light := max(0, max(a.lab[0]-b.lab[0], b.lab[0]-a.lab[0])-lightWide)
		moved := float32(0)
		if m.tint > 0 {
			d := apart(a.lab, b.lab) - labWide
			stays := float32(0)
			if d > m.tint {
				stays = 1 - m.tint/d
			}
			colour *= stays
			light *= stays
			moved = min(max(0, d), m.tint)
		}
		all[t] = newBound(t, 0.999*(colour+m.square*gross(light)+tinting*moved)) // rounding
	}
	slices.Sort(all)
	return all
}

func apart(a, b [3]float32) float32 {
	x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	return sqrt(x*x + y*y + z*z)
}

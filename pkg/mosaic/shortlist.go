package mosaic

import (
	"cmp"
	"context"
	"math"
	"slices"

	"smalti/pkg/parallel"
)

// shortlisted is how many candidates a cell keeps.
const shortlisted = 48

// candidate is a tile that suits a cell, or a cell that suits a tile, with the tile's view there.
type candidate struct {
	tile, view int32
	cost       float32
}

func byCost(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.tile, b.tile))
}

// shortlist holds the best tiles of each cell by cost and price, the best first.
type shortlist struct {
	all []candidate
	k   int // tiles for each cell
}

func (l *shortlist) of(c int) []candidate { return l.all[c*l.k : (c+1)*l.k] }

// newShortlist fills the shortlists of some cells.
func newShortlist(ctx context.Context, m *matcher, cells []int, price []float32, done func(done, total int)) (*shortlist, error) {
	n := len(cells)
	l := &shortlist{k: min(shortlisted, m.tiles())}
	l.all = make([]candidate, len(m.cell)*l.k)
	if err := m.clusterCells(ctx); err != nil {
		return nil, err
	}
	err := parallel.Ranges(ctx, n, 1+n/100, done, func(lo, hi int) {
		for _, c := range cells[lo:hi] {
			m.best(c, price, l.of(c))
		}
	})
	return l, err
}

// best fills list with the best tiles for cell c by cost and price. It looks at the tiles in the order of
// their lower bounds for the cell's cluster and stops where those are too high. Meanwhile list is a heap
// with the worst tile on top.
func (m *matcher) best(c int, price []float32, list []candidate) {
	n := 0
	for _, b := range m.tilesByBound[m.cluster[c]] {
		t := b.tile()
		if n == len(list) {
			if b.least() >= list[0].cost {
				break
			}
			if v, e := m.bestView(c, t, list[0].cost-price[t]); v >= 0 {
				list[0] = candidate{int32(t), v, e + price[t]}
				sink(list, 0)
			}
			continue
		}
		v, e := m.bestView(c, t, 2*forbidden)
		list[n] = candidate{int32(t), v, e + price[t]}
		if n++; n == len(list) {
			for i := n/2 - 1; i >= 0; i-- {
				sink(list, i)
			}
		}
	}
	slices.SortFunc(list, byCost)
	for i := range list {
		list[i].cost -= price[list[i].tile]
	}
}

// sink restores the heap h after h[i] was replaced.
func sink(h []candidate, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].cost > h[child].cost {
			child++
		}
		if h[i].cost >= h[child].cost {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// clusterSide is the side of the cubes that cells are clustered in by colour, in CIELAB units.
const clusterSide = 6

// lowerBound is a tile and what it costs the cells of a cluster at least. Bounds sort by cost.
type lowerBound uint64

func newLowerBound(t int, least float32) lowerBound {
	return lowerBound(math.Float32bits(max(0, least)))<<32 | lowerBound(t)
}

func (b lowerBound) tile() int      { return int(uint32(b)) }
func (b lowerBound) least() float32 { return math.Float32frombits(uint32(b >> 32)) }

// clusterCells puts cells of nearly the same colour into one cluster and orders the tiles for each cluster,
// so that a cell need not look at those that are too far off.
func (m *matcher) clusterCells(ctx context.Context) error {
	type box [3]int16
	number := map[box]int32{}
	var members [][]int32
	m.cluster = make([]int32, len(m.cell))
	for c := range m.cell {
		var b box
		for i, v := range m.cell[c].mean {
			b[i] = int16(math.Floor(float64(v) / clusterSide))
		}
		k, known := number[b]
		if !known {
			k = int32(len(members))
			number[b] = k
			members = append(members, nil)
		}
		m.cluster[c] = k
		members[k] = append(members[k], int32(c))
	}
	m.tilesByBound = make([][]lowerBound, len(members))
	return parallel.Ranges(ctx, len(members), 8, nil, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			m.tilesByBound[k] = m.lowerBounds(members[k])
		}
	})
}

// lowerBounds computes what each tile costs any of these cells at least, ordered: the cost for the first
// of them, less how far the others are from that, by the triangle inequality. Each term of meanCost grows
// with these distances.
func (m *matcher) lowerBounds(cells []int32) []lowerBound {
	a := &m.cell[cells[0]]
	var evenWide, labWide, lightWide float32
	for _, c := range cells {
		o := &m.cell[c]
		evenWide = max(evenWide, apart(o.perceptual, a.perceptual))
		labWide = max(labWide, apart(o.mean, a.mean))
		lightWide = max(lightWide, o.mean[0]-a.mean[0], a.mean[0]-o.mean[0])
	}
	least := func(b *features) float32 {
		colour := max(0, apart(a.perceptual, b.perceptual)-evenWide)
		light := max(0, max(a.mean[0]-b.mean[0], b.mean[0]-a.mean[0])-lightWide)
		moved := float32(0)
		if m.tint > 0 {
			d := apart(a.mean, b.mean) - labWide
			stays := float32(0)
			if d > m.tint {
				stays = 1 - m.tint/d
			}
			colour *= stays
			light *= stays
			moved = min(max(0, d), m.tint)
		}
		return 0.999 * (colour + m.lightnessError*excess(light) + tintPenalty*moved) // rounding
	}
	all := make([]lowerBound, m.tiles())
	for t := range all {
		bound := float32(forbidden)
		for v := m.firstView[t]; v < m.firstView[t+1]; v++ {
			bound = min(bound, least(&m.view[v]))
		}
		all[t] = newLowerBound(t, bound)
	}
	slices.Sort(all)
	return all
}

func apart(a, b [3]float32) float32 {
	x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	return sqrt(x*x + y*y + z*z)
}

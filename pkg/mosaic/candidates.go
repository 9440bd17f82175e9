package mosaic

import (
	"cmp"
	"context"
	"slices"

	"smalti/pkg/parallel"
)

// shortlisted is how many candidates a cell keeps.
const shortlisted = 48

// candidate is a tile that does well in a cell, or a cell that does well for a tile.
type candidate struct {
	tile int32
	cost float32
}

func byCost(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.tile, b.tile))
}

// shortlist is the best tiles of each cell, by cost and price, the best first.
type shortlist struct {
	all []candidate
	k   int // for each cell
}

func (l *shortlist) of(c int) []candidate { return l.all[c*l.k : (c+1)*l.k] }

// newShortlist makes the lists of some of the cells.
func newShortlist(ctx context.Context, m *matcher, cells []int, price []float32, done func(done, total int)) (*shortlist, error) {
	n := len(cells)
	l := &shortlist{k: min(shortlisted, len(m.tile))}
	l.all = make([]candidate, len(m.cell)*l.k)
	if err := m.sort(ctx); err != nil {
		return nil, err
	}
	err := parallel.Ranges(ctx, n, 1+n/100, done, func(lo, hi int) {
		for _, c := range cells[lo:hi] {
			m.best(c, price, l.of(c))
		}
	})
	return l, err
}

// best fills list with the best tiles for cell c, by cost and price. It looks at tiles in the order of
// what they cost cells of its kind at least, and stops where even that is too much. Until then, list
// is a heap with the worst on top.
func (m *matcher) best(c int, price []float32, list []candidate) {
	n := 0
	for _, b := range m.kinds[m.kind[c]] {
		t := b.tile()
		if n == len(list) {
			if b.least() >= list[0].cost {
				break
			}
			far := m.far(c, t) + price[t]
			if far >= list[0].cost {
				continue
			}
			if e := m.near(c, t, far-price[t]) + price[t]; e < list[0].cost {
				list[0] = candidate{int32(t), e}
				sink(list, 0)
			}
			continue
		}
		list[n] = candidate{int32(t), m.cost(c, t) + price[t]}
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

package mosaic

import (
	"cmp"
	"context"
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
	l := &shortlist{k: min(shortlisted, m.tiles())}
	l.all = make([]candidate, len(m.cell)*l.k)
	if m.groups == nil {
		m.groupCells(cells)
	}
	n := len(m.groups)
	err := parallel.Ranges(ctx, n, 1+n/100, done, func(lo, hi int) {
		order := newBoundOrder(m.tiles())
		for k := lo; k < hi; k++ {
			order.fill(m, &m.groups[k], price)
			for _, c := range m.groups[k].cells {
				m.best(int(c), price, order, l.of(int(c)))
			}
		}
	})
	return l, err
}

// renew makes new shortlists for some cells, at other prices. It sorts the cells.
func (l *shortlist) renew(ctx context.Context, m *matcher, cells []int32, price []float32) error {
	slices.SortFunc(cells, func(c, o int32) int { return cmp.Or(cmp.Compare(m.group[c], m.group[o]), cmp.Compare(c, o)) })
	var first []int // of each group's cells
	for i, c := range cells {
		if i == 0 || m.group[c] != m.group[cells[i-1]] {
			first = append(first, i)
		}
	}
	first = append(first, len(cells))
	n := len(first) - 1
	return parallel.Ranges(ctx, n, 1+n/100, nil, func(lo, hi int) {
		order := newBoundOrder(m.tiles())
		for k := lo; k < hi; k++ {
			order.fill(m, &m.groups[m.group[cells[first[k]]]], price)
			for _, c := range cells[first[k]:first[k+1]] {
				m.best(int(c), price, order, l.of(int(c)))
			}
		}
	})
}

// best fills list with the best tiles for cell c by cost and price. It looks at the tiles in the order of
// their lower bounds for the cell's group and stops where those are too high. Meanwhile list is a heap
// with the worst tile on top.
func (m *matcher) best(c int, price []float32, order *boundOrder, list []candidate) {
	for i := range list {
		t := order.at(i).tile()
		v, e := m.bestView(c, t, 2*forbidden)
		list[i] = candidate{int32(t), v, e + price[t]}
	}
	for i := len(list)/2 - 1; i >= 0; i-- {
		sink(list, i)
	}
	for i := len(list); i < len(order.all); i++ {
		b := order.at(i)
		if b.least() >= list[0].cost {
			break
		}
		t := b.tile()
		if v, e := m.bestView(c, t, list[0].cost-price[t]); v >= 0 {
			list[0] = candidate{int32(t), v, e + price[t]}
			sink(list, 0)
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

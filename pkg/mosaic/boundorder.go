package mosaic

import (
	"math"
	"slices"
)

// lowerBound is a tile and what it costs the cells of a group at least. Bounds sort by cost.
type lowerBound uint64

func newLowerBound(t int, least float32) lowerBound {
	return lowerBound(math.Float32bits(max(0, least)))<<32 | lowerBound(t)
}

func (b lowerBound) tile() int      { return int(uint32(b)) }
func (b lowerBound) least() float32 { return math.Float32frombits(uint32(b >> 32)) }

// boundOrder is the lower bounds of all tiles for one group, the lowest first. It sorts no further than somebody looked:
// mostly at a small part of them.
type boundOrder struct {
	all    []lowerBound
	sorted int // so many are in their place, none of the others is lower
}

// sortedAtFirst is how many bounds are sorted when the first is asked for. Each further step sorts three times as many
// as there are already.
const sortedAtFirst = 256

func newBoundOrder(tiles int) *boundOrder { return &boundOrder{all: make([]lowerBound, tiles)} }

// fill computes the bounds of all tiles for group g, with their prices.
func (o *boundOrder) fill(m *matcher, g *cellGroup, price []float32) {
	for t := range o.all {
		o.all[t] = newLowerBound(t, m.least(g, t)+price[t])
	}
	o.sorted = 0
}

// at returns bound i, counted from the lowest.
func (o *boundOrder) at(i int) lowerBound {
	for i >= o.sorted {
		n := min(len(o.all), max(sortedAtFirst, 4*o.sorted))
		rest := o.all[o.sorted:]
		lowestFirst(rest, n-o.sorted)
		slices.Sort(rest[:n-o.sorted])
		o.sorted = n
	}
	return o.all[i]
}

// lowestFirst moves the n lowest of all to the front, in any order. All are different
// (C. A. R. Hoare: Algorithm 65, Find, Communications of the ACM 4, 1961).
func lowestFirst(all []lowerBound, n int) {
	for n > 0 && n < len(all) {
		a, b, c := all[0], all[len(all)/2], all[len(all)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		i, k := 0, len(all)-1
		for i <= k {
			for all[i] < pivot {
				i++
			}
			for all[k] > pivot {
				k--
			}
			if i <= k {
				all[i], all[k] = all[k], all[i]
				i++
				k--
			}
		}
		switch {
		case n <= k:
			all = all[:k+1]
		case n > i:
			all, n = all[i:], n-i
		default:
			return
		}
	}
}

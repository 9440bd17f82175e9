package mosaic

// bandLimits divide the rules about the whole grid, most uses and everyone at least once, among the bands
// that are improved at the same time. Each band keeps its part without knowing what the others do.
type bandLimits struct {
	usesLeft []int32 // of each tile; nil without a limit
	mayTake  []int32 // of each tile: the band that may take them
	mustKeep []int32 // of each tile: the band that must keep one use; nil unless everyone is to be in
}

// bandLimits are for every second band, from first on.
func (s *solver) bandLimits(first int) (q bandLimits) {
	g := s.grid
	limited := g.rules.maxUses < len(g.tile)
	if !limited && !g.rules.everyone {
		return q
	}
	tiles := len(g.holders)
	uses := make([]int32, tiles)
	if g.rules.everyone {
		q.mustKeep = make([]int32, tiles)
	}
	for i, band := range s.bands {
		for _, c := range band {
			t := g.tile[c]
			uses[t]++
			// Not always the same band, and rather one that rests now.
			if q.mustKeep != nil && (uses[t] == 1 || s.sweeps&1 == 0 && (i-first)&1 != 0) {
				q.mustKeep[t] = int32(i)
			}
		}
	}
	for t, n := range g.usesElsewhere {
		if q.mustKeep != nil && n > 0 {
			q.mustKeep[t] = -1 // a large cell keeps it
		}
	}
	if limited {
		active := (len(s.bands) + 1 - first) / 2
		q.usesLeft, q.mayTake = uses, make([]int32, tiles)
		for t := range q.usesLeft {
			q.usesLeft[t] = int32(g.limit(int32(t))) - uses[t]
			q.mayTake[t] = int32(first + 2*((t+s.sweeps)%max(1, active)))
		}
	}
	return q
}

// bandUsage counts the uses of each tile in a band.
type bandUsage struct {
	uses      []int32 // of each tile
	most      []int32 // uses that the band may have
	least     []int32 // uses that the band must keep
	firstCell []int32 // where a tile's cells begin in cells
	cells     []int32 // of the band, by tile, as they were when it was opened
	limited   bool
}

func (a *bandUsage) open(g *grid, band int, cells []int32, q bandLimits) {
	tiles := len(g.holders)
	if a.uses == nil {
		a.uses, a.most, a.least = make([]int32, tiles), make([]int32, tiles), make([]int32, tiles)
		a.firstCell = make([]int32, tiles+1)
	}
	a.limited = q.usesLeft != nil || q.mustKeep != nil
	if !a.limited {
		return
	}
	clear(a.uses)
	clear(a.least)
	for _, c := range cells {
		a.uses[g.tile[c]]++
	}
	a.firstCell[0] = 0
	for t, n := range a.uses {
		a.firstCell[t+1] = a.firstCell[t] + n
		a.most[t] = int32(len(g.tile))
		if q.usesLeft != nil {
			a.most[t] = n
			if q.mayTake[t] == int32(band) {
				a.most[t] += q.usesLeft[t]
			}
		}
		if q.mustKeep != nil && q.mustKeep[t] == int32(band) {
			a.least[t] = 1
		}
	}
	a.cells = append(a.cells[:0], cells...)
	for _, c := range cells {
		t := g.tile[c]
		a.cells[a.firstCell[t]] = c
		a.firstCell[t]++
	}
	copy(a.firstCell[1:], a.firstCell)
	a.firstCell[0] = 0
}

// mayAdd reports whether the band may use tile t once more.
func (a *bandUsage) mayAdd(t int32) bool { return !a.limited || a.uses[t] < a.most[t] }

// mayRemove reports whether the band may lose a use of tile t.
func (a *bandUsage) mayRemove(t int32) bool { return !a.limited || a.uses[t] > a.least[t] }

// record counts a cell of the band that changed its tile.
func (a *bandUsage) record(from, to int32) {
	if a.limited {
		a.uses[from]--
		a.uses[to]++
	}
}

// holders are the cells of the band that held tile t when it was opened.
func (a *bandUsage) holders(t int32) []int32 {
	if !a.limited {
		return nil
	}
	return a.cells[a.firstCell[t]:a.firstCell[t+1]]
}

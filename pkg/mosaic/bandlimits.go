package mosaic

// bandLimits divide the rules about the whole grid, least and most uses, among the bands that are improved
// at the same time. Each band keeps its part without knowing what the others do. They are nil where there is
// no such rule.
type bandLimits struct {
	most, least [][]int32 // for each of these bands, of each tile: uses that it may have, and must keep
}

// bandLimits are for every second band, from first on. What tiles have left is divided evenly, and what they
// can spare by their uses; the remainders go to another band each time.
func (s *solver) bandLimits(first int) (q bandLimits) {
	g := s.grid
	tiles, active := len(g.holders), (len(s.bands)+1-first)/2
	if g.rules.most() >= len(g.tile) && g.rules.least == 0 || active == 0 {
		return q
	}
	all, uses := make([]int32, tiles), make([][]int32, active)
	for i, band := range s.bands {
		here := all
		if i >= first && (i-first)%2 == 0 {
			here = make([]int32, tiles)
			uses[(i-first)/2] = here
		}
		for _, c := range band {
			here[g.tile[c]]++
		}
	}
	q.most, q.least = make([][]int32, active), make([][]int32, active)
	for k := range active {
		q.most[k], q.least[k] = make([]int32, tiles), make([]int32, tiles)
	}
	for t := range tiles {
		var moving int32
		for k := range active {
			moving += uses[k][t]
		}
		left := max(0, int32(g.limit(int32(t)))-all[t]-moving)
		spare := max(0, all[t]+moving+int32(g.usesElsewhere[t]-g.rules.least))
		turn := (t + s.sweeps) % active
		moreLeft, moreSpare := left, spare
		for k := range active {
			n := uses[k][t]
			mine, gives := left/int32(active), int32(0)
			if moving > 0 {
				gives = int32(int(spare) * int(n) / int(moving))
			}
			q.most[k][t], q.least[k][t] = n+mine, n-gives
			moreLeft -= mine
			moreSpare -= gives
		}
		q.most[turn][t] += moreLeft
		q.least[turn][t] -= moreSpare
	}
	return q
}

// bandUsage counts the uses of each tile in a band.
type bandUsage struct {
	uses      []int32 // of each tile
	most      []int32 // see bandLimits
	least     []int32
	firstCell []int32 // where a tile's cells begin in cells
	cells     []int32 // of the band, by tile, as they were when it was opened
	limited   bool
}

func (a *bandUsage) open(g *grid, cells []int32, number int, q bandLimits) {
	a.limited = q.most != nil
	if !a.limited {
		return
	}
	if a.uses == nil {
		a.uses, a.firstCell = make([]int32, len(g.holders)), make([]int32, len(g.holders)+1)
	}
	a.most, a.least = q.most[number], q.least[number]
	clear(a.uses)
	for _, c := range cells {
		a.uses[g.tile[c]]++
	}
	a.firstCell[0] = 0
	for t, n := range a.uses {
		a.firstCell[t+1] = a.firstCell[t] + n
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

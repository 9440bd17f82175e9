package mosaic

// quotas share out what is left of the rules that concern the whole grid among the bands that are
// improved at the same time. Each band then keeps its part by itself, whatever the others do.
type quotas struct {
	left   []int32 // by tile: how many more uses there may be; nil without a limit that matters
	taker  []int32 // by tile: the band that may have them
	keeper []int32 // by tile: the band that must keep one use; nil if not everyone is to be in it
}

// quotas for every second band, from first on.
func (s *solver) quotas(first int) (q quotas) {
	b := s.b
	limited := b.rules.maxUses < len(b.tile)
	if !limited && !b.rules.everyone {
		return q
	}
	tiles := len(b.face)
	uses := make([]int32, tiles)
	if b.rules.everyone {
		q.keeper = make([]int32, tiles)
	}
	for i, band := range s.bands {
		for _, c := range band {
			t := b.tile[c]
			uses[t]++
			// Not always the same band, and rather one that is not at work now.
			if q.keeper != nil && (uses[t] == 1 || s.sweeps&1 == 0 && (i-first)&1 != 0) {
				q.keeper[t] = int32(i)
			}
		}
	}
	for t, n := range b.before {
		if q.keeper != nil && n > 0 {
			q.keeper[t] = -1 // it is kept elsewhere
		}
	}
	if limited {
		active := (len(s.bands) + 1 - first) / 2
		q.left, q.taker = uses, make([]int32, tiles)
		for t := range q.left {
			q.left[t] = int32(b.limit(int32(t))) - uses[t]
			q.taker[t] = int32(first + 2*((t+s.sweeps)%max(1, active)))
		}
	}
	return q
}

// account is a band's books on its tiles.
type account struct {
	uses    []int32 // of each tile, in the band
	most    []int32 // that the band may have
	least   []int32 // that the band must keep
	begin   []int32 // where a tile's cells begin in cells
	cells   []int32 // of the band, those with the same tile together, as they were at the start
	limited bool
}

func (a *account) open(b *board, band int, cells []int32, q quotas) {
	tiles := len(b.face)
	if a.uses == nil {
		a.uses, a.most, a.least = make([]int32, tiles), make([]int32, tiles), make([]int32, tiles)
		a.begin = make([]int32, tiles+1)
	}
	a.limited = q.left != nil || q.keeper != nil
	if !a.limited {
		return
	}
	clear(a.uses)
	clear(a.least)
	for _, c := range cells {
		a.uses[b.tile[c]]++
	}
	a.begin[0] = 0
	for t, n := range a.uses {
		a.begin[t+1] = a.begin[t] + n
		a.most[t] = int32(len(b.tile))
		if q.left != nil {
			a.most[t] = n
			if q.taker[t] == int32(band) {
				a.most[t] += q.left[t]
			}
		}
		if q.keeper != nil && q.keeper[t] == int32(band) {
			a.least[t] = 1
		}
	}
	a.cells = append(a.cells[:0], cells...)
	for _, c := range cells {
		t := b.tile[c]
		a.cells[a.begin[t]] = c
		a.begin[t]++
	}
	copy(a.begin[1:], a.begin)
	a.begin[0] = 0
}

// room reports whether the band may use tile t once more.
func (a *account) room(t int32) bool { return !a.limited || a.uses[t] < a.most[t] }

// spare reports whether the band can lose a use of tile t.
func (a *account) spare(t int32) bool { return !a.limited || a.uses[t] > a.least[t] }

// move takes note of a cell of the band that changed its tile.
func (a *account) move(from, to int32) {
	if a.limited {
		a.uses[from]--
		a.uses[to]++
	}
}

// holders are the cells of the band that held tile t when the books were opened.
func (a *account) holders(t int32) []int32 {
	if !a.limited {
		return nil
	}
	return a.cells[a.begin[t]:a.begin[t+1]]
}

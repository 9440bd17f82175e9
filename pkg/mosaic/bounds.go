package mosaic

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// groupSize is how many cells a group has at most.
const groupSize = 64

// cellGroup is some cells of nearly the same colour and contrast. What a tile costs each of them at least is computed once
// for all, so that most tiles need not be looked at for each cell.
type cellGroup struct {
	cells                     []int32
	middle                    features // of their colours
	farthest, farthestMean    float32  // from it, in the perceptual space and in CIELAB
	farthestLight             float32
	leastSpread, mostSpread   float32 // see spreads
	leastColours, mostColours float32
	loudest                   float32 // what a tile may have in any of them
}

// spreads are how much lightness and chroma vary within a cell or a view: their standard deviation and their norm.
type spreads struct{ light, colours float32 }

func newSpreads(f *features) spreads {
	var sum float32
	for _, v := range f.chroma {
		sum += v * v
	}
	return spreads{sqrt(f.variance), sqrt(sum)}
}

// groupCells divides cells into groups: it halves them across where they differ most, until groups are small.
func (m *matcher) groupCells(cells []int) {
	m.groups, m.group = nil, make([]int32, len(m.cell))
	all, at := make([]int32, len(cells)), make([][4]float32, len(m.cell))
	for i, c := range cells {
		f := &m.cell[c]
		all[i] = int32(c)
		at[c] = [4]float32{f.perceptual[0], f.perceptual[1], f.perceptual[2], sqrt(lightnessDetail * f.variance)}
	}
	m.halve(all, at)
	m.viewSpreads = make([]spreads, len(m.view))
	for v := range m.view {
		m.viewSpreads[v] = newSpreads(&m.view[v])
	}
}

// sampleCells returns n cells, evenly from all groups.
func (m *matcher) sampleCells(n int, random *rand.Rand) []int {
	var all []int32
	for k := range m.groups {
		all = append(all, m.groups[k].cells...)
	}
	cells := make([]int, n)
	for i := range cells {
		lo, hi := i*len(all)/n, (i+1)*len(all)/n
		cells[i] = int(all[lo+random.IntN(hi-lo)])
	}
	return cells
}

func (m *matcher) halve(cells []int32, at [][4]float32) {
	if len(cells) <= groupSize {
		for _, c := range cells {
			m.group[c] = int32(len(m.groups))
		}
		m.groups = append(m.groups, m.newGroup(cells))
		return
	}
	axis, widest := 0, float32(-1)
	for k := range 4 {
		lo, hi := at[cells[0]][k], at[cells[0]][k]
		for _, c := range cells {
			lo, hi = min(lo, at[c][k]), max(hi, at[c][k])
		}
		if hi-lo > widest {
			axis, widest = k, hi-lo
		}
	}
	slices.SortFunc(cells, func(c, o int32) int { return cmp.Or(cmp.Compare(at[c][axis], at[o][axis]), cmp.Compare(c, o)) })
	m.halve(cells[:len(cells)/2], at)
	m.halve(cells[len(cells)/2:], at)
}

func (m *matcher) newGroup(cells []int32) cellGroup {
	g := cellGroup{cells: cells, leastSpread: forbidden, leastColours: forbidden}
	for _, c := range cells {
		f := &m.cell[c]
		for k := range 3 {
			g.middle.mean[k] += f.mean[k] / float32(len(cells))
			g.middle.perceptual[k] += f.perceptual[k] / float32(len(cells))
		}
	}
	for _, c := range cells {
		f := &m.cell[c]
		g.farthest = max(g.farthest, apart(f.perceptual, g.middle.perceptual))
		g.farthestMean = max(g.farthestMean, apart(f.mean, g.middle.mean))
		g.farthestLight = max(g.farthestLight, f.mean[0]-g.middle.mean[0], g.middle.mean[0]-f.mean[0])
		g.loudest = max(g.loudest, f.loudness)
		s := newSpreads(f)
		g.leastSpread, g.mostSpread = min(g.leastSpread, s.light), max(g.mostSpread, s.light)
		g.leastColours, g.mostColours = min(g.leastColours, s.colours), max(g.mostColours, s.colours)
	}
	return g
}

// least is what tile t costs any cell of a group at least.
func (m *matcher) least(g *cellGroup, t int) float32 {
	bound := float32(forbidden)
	for v := m.firstView[t]; v < m.firstView[t+1]; v++ {
		bound = min(bound, m.leastOfView(g, int(v)))
	}
	return bound
}

// leastOfView is the cost for the middle of the group, less how far its cells are from that, by the triangle inequality:
// each term of meanCost grows with these distances. The detail differs at least as the spreads do.
func (m *matcher) leastOfView(g *cellGroup, v int) float32 {
	a, b := &g.middle, &m.view[v]
	colour := max(0, apart(a.perceptual, b.perceptual)-g.farthest)
	light := max(0, max(a.mean[0]-b.mean[0], b.mean[0]-a.mean[0])-g.farthestLight)
	moved := float32(0)
	if m.tint > 0 {
		d := apart(a.mean, b.mean) - g.farthestMean
		stays := float32(0)
		if d > m.tint {
			stays = 1 - m.tint/d
		}
		colour *= stays
		light *= stays
		moved = min(max(0, d), m.tint)
	}
	far := colour + m.lightnessError*excess(light) + tintPenalty*moved
	s := &m.viewSpreads[v]
	spread := max(g.leastSpread, min(s.light, g.mostSpread)) // that of the cells which is nearest
	differs := (spread - s.light) * (spread - s.light)
	colours := max(0, g.leastColours-s.colours, s.colours-g.mostColours)
	e := sqrt(far*far + lightnessDetail*differs + colours*colours)
	own := differs / (spread*spread + s.light*s.light + contrast)
	return 0.999 * (far + m.detail*(e-far) + m.ownStructure*own + loudPenalty*max(0, b.loudness-g.loudest)) // rounding
}

func apart(a, b [3]float32) float32 {
	x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	return sqrt(x*x + y*y + z*z)
}

package mosaic

import (
	"context"
	"image"
	"math"

	"smalti/pkg/colour"
	"smalti/pkg/parallel"
)

// Shading is a smooth field that a cell adds to Y, Cb and Cr of its tile beside the shift, in 8-bit levels. It is
// given at the middles of the tile's sixteenths, row by row; it is bilinear between them, and constant beyond the outer
// ones. It does not move the tile's mean light: what it would move, the shift takes back.
type Shading [3][samples * samples]int8

// Shading comes in two parts, so that light and colour follow the target over the whole tile before they do so from one
// sixteenth to the next: the quarters of a tile may move by this part of the limit, and its sixteenths by the rest
// beside their quarters.
const quartersPart = 4.0 / 7

// shade chooses the shading of all cells: from the sixteenths of the target, what they still lack after the shift.
func (p *Plan) shade(ctx context.Context, tiles []*image.NRGBA, crops [][]image.Rectangle, cells []descriptor, limit float64) error {
	used, number := p.Pictures()
	thumbs := make([]*thumb, len(used))
	err := parallel.Ranges(ctx, len(used), 8, nil, func(lo, hi int) {
		for i, u := range used[lo:hi] {
			thumbs[lo+i] = newThumb(u.Of(tiles, crops))
		}
	})
	if err != nil {
		return err
	}
	return parallel.Ranges(ctx, p.Rows, 1, nil, func(lo, hi int) {
		s := shader{limit: limit, curve: lightCurve()}
		for c := lo * p.Columns; c < hi*p.Columns; c++ {
			cell := &p.Cells[c]
			if cell.Span == 0 {
				continue
			}
			s.thumb = thumbs[number[c]]
			shading, shift := s.choose(cell.Shift, p.goals(cells, c, cell.Span))
			for i := range cell.Span * cell.Span {
				covered := &p.Cells[c+i/cell.Span*p.Columns+i%cell.Span]
				covered.Shading, covered.Shift = shading, shift
			}
		}
	})
}

// goals returns the colours of the sixteenths of a cell's target.
func (p *Plan) goals(cells []descriptor, c, span int) *[samples * samples]colour.Lab {
	if span == 1 {
		return &cells[c].four
	}
	var light [samples * samples]colour.Light
	for y := range span * samples {
		for x := range span * samples {
			from := colour.FromLab(cells[c+y/samples*p.Columns+x/samples].four[y%samples*samples+x%samples])
			for ch, v := range from {
				light[y/span*samples+x/span][ch] += v / float64(span*span)
			}
		}
	}
	var goals [samples * samples]colour.Lab
	for i, l := range light {
		goals[i] = colour.ToLab(l)
	}
	return &goals
}

// shader chooses shadings, one after the other.
type shader struct {
	limit float64
	curve *curve
	thumb *thumb
}

// choose returns a cell's shading, or nil if there is none, and the shift that goes with it.
func (s *shader) choose(shift [3]float32, goals *[samples * samples]colour.Lab) (*Shading, [3]float32) {
	base := toRGB(shift)
	before := s.see(base, &nodes{})
	field := before.offsets(s.lacking(before, goals))
	for range 4 {
		shading := field.round()
		if *shading == (Shading{}) {
			break
		}
		after, back := s.settle(base, before, shading.nodes())
		// What has no room between black and white is made smaller.
		moved := max(before.furthest(after)/s.limit, colour.Distance(before.mean(), after.mean())/maxMoved)
		if moved <= 1 {
			for i, v := range toYCbCr(back) {
				shift[i] += v
			}
			return shading, shift
		}
		field.scale(float32(headroom / moved))
	}
	return nil, shift
}

// maxMoved is by how much a shading may move the mean after all, in CIELAB units.
const maxMoved = 0.1

// settle looks for the offsets that give the tile with a field the mean light that it had before.
func (s *shader) settle(base [3]float32, before *view, field *nodes) (after *view, back colour.Light) {
	was, slope := before.total()
	for ch := range back {
		var adds float64
		for i, v := range field[ch] {
			adds += float64(v) * before.slope[i][ch] / (samples * samples)
		}
		back[ch] = -adds / max(slope[ch], leastSlope)
	}
	for range 3 { // of Newton's method
		now := base
		for ch := range now {
			now[ch] += float32(back[ch])
		}
		after = s.see(now, field)
		is, slope := after.total()
		if math.Abs(is[0]-was[0])+math.Abs(is[1]-was[1])+math.Abs(is[2]-was[2]) < 1e-4 {
			break
		}
		for ch := range back {
			back[ch] += min(max((was[ch]-is[ch])/max(slope[ch], leastSlope), -maxNode), maxNode)
		}
	}
	return after, back
}

// lacking returns what the sixteenths lack beside what the whole lacks, within the limits.
func (s *shader) lacking(is *view, goals *[samples * samples]colour.Lab) (lacks [samples * samples]colour.Lab) {
	var quarters [4]colour.Lab
	quarterOf := func(i int) int { return i/8*2 + i%4/2 }
	for i, now := range is.colours() {
		for k := range 3 {
			lacks[i][k] = goals[i][k] - now[k]
			quarters[quarterOf(i)][k] += lacks[i][k] / 4
		}
	}
	for i := range lacks {
		for k := range 3 {
			lacks[i][k] -= quarters[quarterOf(i)][k]
		}
	}
	limitAround(quarters[:], headroom*quartersPart*s.limit)
	limitAround(lacks[:], headroom*(1-quartersPart)*s.limit)
	for i := range lacks {
		for k := range 3 {
			lacks[i][k] += quarters[quarterOf(i)][k]
		}
	}
	return lacks
}

// limitAround takes the mean out of all, and shortens what is longer than the limit. Shortening moves the mean again,
// by less each time.
func limitAround(all []colour.Lab, limit float64) {
	for range 3 {
		var mean colour.Lab
		for _, v := range all {
			for k := range 3 {
				mean[k] += v[k] / float64(len(all))
			}
		}
		for i := range all {
			v := &all[i]
			for k := range 3 {
				v[k] -= mean[k]
			}
			if long := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]); long > limit {
				for k := range 3 {
					v[k] *= limit / long
				}
			}
		}
	}
}

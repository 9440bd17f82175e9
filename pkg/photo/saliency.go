package photo

import (
	"encoding/binary"
	"image"
	"math"
	"sync"
)

// grid is a picture reduced to what the search needs, with the axis along which the square slides as the
// first one.
type grid struct {
	along, across int
	tall          bool    // the axis goes down, not to the right
	blocks        []block // those that share a place along the axis follow each other
}

type block struct{ r, g, b, luma uint8 }

// reduce averages blocks of pixels until at most so many of them lie across, and eight times as many along unless the
// picture is a thread. For finding a subject, averages of encoded levels will do.
func reduce(img *image.NRGBA, most int) grid {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	along, across := max(width, height), min(width, height)
	f := min(across, max((across+most-1)/most, (along+8*most-1)/(8*most)))
	g := grid{along: along / f, across: across / f, tall: height > width}
	g.blocks = make([]block, g.along*g.across)
	right, down := g.across, 1
	if g.tall {
		right, down = down, right
	}
	sums := make([]uint64, width/f)
	levels := make([]rgb, width/f)
	n := float64(f * f)
	part, lumaPart := 1/n, 1/(1000*n) // dividing takes longer than all the rest
	for y := range height / f {
		clear(levels)
		atOnce := max(1, 8192/f) // of which the sums fit
		for row := y * f; row < (y+1)*f; row += atOnce {
			clear(sums)
			for i := row; i < min(row+atOnce, (y+1)*f); i++ {
				addLevels(sums, img.Pix[i*img.Stride:], f)
			}
			for x, s := range sums {
				levels[x][0] += float64(s & sumMask)
				levels[x][1] += float64(s >> sumBits & sumMask)
				levels[x][2] += float64(s >> (2 * sumBits))
			}
		}
		for x, l := range levels {
			// With a half, because a product may be a little less than the quotient.
			luma := (299*l[0] + 587*l[1] + 114*l[2] + 0.5) * lumaPart
			g.blocks[x*right+y*down] = block{uint8((l[0] + 0.5) * part), uint8((l[1] + 0.5) * part), uint8((l[2] + 0.5) * part), uint8(luma)}
		}
	}
	return g
}

const (
	sumBits = 21 // of the sum of one channel: three are in a word
	sumMask = 1<<sumBits - 1
)

// addLevels adds the levels of each run of f pixels to the sum of its block.
func addLevels(sums []uint64, row []byte, f int) {
	row = row[:4*f*len(sums)]
	for x := range sums {
		sum := sums[x]
		run := row[:4*f]
		for ; len(run) >= 4; run = run[4:] {
			p := uint64(binary.LittleEndian.Uint32(run))
			sum += p&0xFF | p>>8&0xFF<<sumBits | p>>16&0xFF<<(2*sumBits)
		}
		sums[x] = sum
		row = row[4*f:]
	}
}

// profile tells how much there is to see at each place along the axis: nil when there is nothing.
func (g grid) profile() []float64 {
	mean := g.mean()
	const signals = 3
	weights := [signals]float64{0.7, 0.5, 0.3}
	var totals [signals]float64
	sums := make([][signals]float64, g.along)
	logs := logOf()
	for a := range sums {
		var sum [signals]float64
		before, row, after := g.row(a-1), g.row(a), g.row(a+1)
		for c, b := range row {
			sum[0] += skin(logs, b)
			sum[1] += contrast(before[c], after[c], row[max(c-1, 0)], row[min(c+1, len(row)-1)])
			sum[2] += mean.distance(b)
		}
		sums[a] = sum
		for k, v := range sum {
			totals[k] += v
		}
	}
	if totals[1] == 0 {
		return nil
	}
	profile := make([]float64, g.along)
	for a := range profile {
		for k, total := range totals {
			if total > 0 {
				profile[a] += weights[k] * sums[a][k] / total
			}
		}
	}
	return profile
}

// rgb is red, green and blue in levels.
type rgb [3]float64

func (g grid) mean() rgb {
	var red, green, blue int
	for _, b := range g.blocks {
		red += int(b.r)
		green += int(b.g)
		blue += int(b.b)
	}
	n := float64(len(g.blocks))
	return rgb{float64(red) / n, float64(green) / n, float64(blue) / n}
}

func (m rgb) distance(b block) float64 {
	dr, dg, db := float64(b.r)-m[0], float64(b.g)-m[1], float64(b.b)-m[2]
	return math.Sqrt(dr*dr + dg*dg + db*db)
}

// row has the blocks at a place along the axis, or those at the end next to it.
func (g grid) row(a int) []block {
	a = min(max(a, 0), g.along-1)
	return g.blocks[a*g.across:][:g.across:g.across]
}

// contrast is the root of the gradient of luma between four neighbours: with the gradient itself, one hard edge would
// outweigh a face.
func contrast(before, after, left, right block) float64 {
	da := int(after.luma) - int(before.luma)
	dc := int(right.luma) - int(left.luma)
	return math.Sqrt(math.Sqrt(float64(da*da + dc*dc)))
}

// skin tells from 0 to 1 how likely a colour is one of skin. Light scales the levels of skin and leaves their
// ratios, which are close together for all tones of the Monk Skin Tone Scale; neutral colours are outside.
func skin(logs *[256]float64, b block) float64 {
	red, green, blue := logs[b.r], logs[b.g], logs[b.b]
	warm, yellow := red-green, green-blue
	if warm < 0.03 {
		return 0
	}
	dw, dy := (warm-0.4)/0.6, (yellow-warm/2)/0.6
	return max(0, 1-dw*dw-dy*dy)
}

// logOf maps a level to its logarithm, raised a little against the noise of the dark ones.
var logOf = sync.OnceValue(func() *[256]float64 {
	var t [256]float64
	for i := range t {
		t[i] = math.Log(float64(i) + 8)
	}
	return &t
})

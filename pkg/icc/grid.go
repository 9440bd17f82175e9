package icc

import "math"

// grid has the sRGB levels of evenly spaced device values. What is between them is interpolated, which takes a
// fraction of the time of a pipeline.
type grid struct {
	levels []uint16 // in 256ths; the first channel varies slowest
}

// points is how many a grid has along each channel, and the strides are what is between their levels.
const (
	points  = 33
	strideX = 3 * points * points
	strideY = 3 * points
	strideZ = 3
)

// newGrid evaluates a pipeline. One from four inks gets the complements of red, green and blue, without black, as
// in Chromium: black was mixed with the other inks before.
func newGrid(p *pipeline, inks bool) *grid {
	g := &grid{levels: make([]uint16, 0, 3*points*points*points)}
	device := make([]float64, 3, 4)
	if inks {
		device = device[:4]
	}
	for i := range points * points * points {
		for c, at := range [3]int{i / points / points, i / points % points, i % points} {
			if inks {
				at = points - 1 - at
			}
			device[c] = float64(at) / (points - 1)
		}
		red, green, blue := d50ToRGB.apply(p.xyz(device))
		for _, light := range [3]float64{red, green, blue} {
			g.levels = append(g.levels, uint16(255*256*encoded(clamp(light))+0.5))
		}
	}
	return g
}

// encoded is the sRGB value of light, both 0 to 1 (IEC 61966-2-1).
func encoded(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}

// cell is the point below a level, and the distance from it in 255ths.
func cell(level byte) (i, part int) {
	at := int(level) * (points - 1)
	if i, part = at/255, at%255; i == points-1 {
		return i - 1, 255
	}
	return i, part
}

// at interpolates in the tetrahedron around three levels. The results are in 256 * 255ths.
func (g *grid) at(x, y, z byte) (r, gr, b int) {
	i, fx := cell(x)
	j, fy := cell(y)
	k, fz := cell(z)
	at := i*strideX + j*strideY + k*strideZ
	sx, sy, sz := strideX, strideY, strideZ
	// The way from the nearest point to the farthest goes along the channel with the largest part first.
	if fx < fy {
		fx, fy, sx, sy = fy, fx, sy, sx
	}
	if fy < fz {
		fy, fz, sy, sz = fz, fy, sz, sy
	}
	if fx < fy {
		fx, fy, sx, sy = fy, fx, sy, sx
	}
	p := g.levels[at : at+3 : at+3]
	q := g.levels[at+sx:][:3]
	s := g.levels[at+sx+sy:][:3]
	t := g.levels[at+sx+sy+sz:][:3]
	wp, wq, ws, wt := 255-fx, fx-fy, fy-fz, fz
	return wp*int(p[0]) + wq*int(q[0]) + ws*int(s[0]) + wt*int(t[0]),
		wp*int(p[1]) + wq*int(q[1]) + ws*int(s[1]) + wt*int(t[1]),
		wp*int(p[2]) + wq*int(q[2]) + ws*int(s[2]) + wt*int(t[2])
}

// convert converts pixels of four bytes (R, G, B and an A that is left alone) in place.
func (g *grid) convert(pix []byte) {
	const one, half = 256 * 255, 256 * 255 / 2
	for ; len(pix) >= 4; pix = pix[4:] {
		r, gr, b := g.at(pix[0], pix[1], pix[2])
		pix[0], pix[1], pix[2] = byte((r+half)/one), byte((gr+half)/one), byte((b+half)/one)
	}
}

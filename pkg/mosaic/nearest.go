package mosaic

import (
	"math"

	"smalti/pkg/colour"
)

// lightnessCounts is by how much more the square of a difference in lightness counts than CIEDE2000 says: structure lies
// in lightness. With 1, the mean difference is 1% less, and SSIM at 2 x 2 samples of a cell is 1% less, too.
const lightnessCounts = 1.4

// nearest returns the colour that looks most like goal among those that are at most limit, in CIELAB units, from a
// colour. It is not on the straight way: eyes see a difference in lightness more than one in chroma. CIEDE2000 says by how
// much, with its weights S_L, S_C and S_H and its stretch of a* near grey (G. Sharma, W. Wu, E. N. Dalal: The CIEDE2000
// Color-Difference Formula, Color Research & Application 30, 2005, equations 4 to 6 and 15 to 20). They are taken from the
// middle between the goal and the end of the straight way.
func nearest(from, goal colour.Lab, limit float64) colour.Lab {
	way := colour.Distance(from, goal)
	if way <= limit {
		return goal
	}
	var by, middle colour.Lab
	for k := range by {
		by[k] = goal[k] - from[k]
		middle[k] = goal[k] - by[k]*(1-limit/way)/2
	}
	weights, angle := sensitivity(middle)
	sin, cos := math.Sincos(angle)
	along := [3]float64{by[0], cos*by[1] + sin*by[2], cos*by[2] - sin*by[1]}
	// Least squares with a Lagrange multiplier for the limit.
	var moved [3]float64
	low, high := 0.0, max(weights[0], weights[1], weights[2])*way/limit
	for range 12 {
		multiplier, square := (low+high)/2, 0.0
		for k, w := range weights {
			moved[k] = along[k] * w / (w + multiplier)
			square += moved[k] * moved[k]
		}
		if square > limit*limit {
			low = multiplier
		} else {
			high = multiplier
		}
	}
	shorten := min(1, limit/math.Sqrt(moved[0]*moved[0]+moved[1]*moved[1]+moved[2]*moved[2]))
	return colour.Lab{
		from[0] + shorten*moved[0],
		from[1] + shorten*(cos*moved[1]-sin*moved[2]),
		from[2] + shorten*(sin*moved[1]+cos*moved[2]),
	}
}

// sensitivity returns how much the square of a small step from a colour counts: in L*, and in two directions of the plane
// of a* and b*, of which the first is turned by an angle from a*.
func sensitivity(c colour.Lab) (weights [3]float64, angle float64) {
	fifty := (c[0] - 50) * (c[0] - 50)
	light := 1 + 0.015*fifty/math.Sqrt(20+fifty)
	c7 := math.Pow(math.Hypot(c[1], c[2]), 7)
	stretch := 1.5 - 0.5*math.Sqrt(c7/(c7+6103515625)) // 25^7
	a := stretch * c[1]
	chroma, hue := math.Hypot(a, c[2]), math.Atan2(c[2], a)
	sin, cos := math.Sincos(hue)
	sc, sh := 1/(1+0.045*chroma), 1/(1+0.015*chroma)
	sc, sh = sc*sc, sh*sh
	// The quadratic form in a* and b*, and its main axes.
	aa, ab, bb := stretch*stretch*(cos*cos*sc+sin*sin*sh), stretch*cos*sin*(sc-sh), sin*sin*sc+cos*cos*sh
	mean, half := (aa+bb)/2, math.Hypot((aa-bb)/2, ab)
	return [3]float64{lightnessCounts / (light * light), mean + half, mean - half}, math.Atan2(2*ab, aa-bb) / 2
}

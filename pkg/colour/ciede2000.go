package colour

import "math"

// CIEDE2000 is the colour difference of CIE 142-2001, with all parametric factors 1, computed as in
// G. Sharma, W. Wu, E. N. Dalal: The CIEDE2000 Color-Difference Formula, Color Research and
// Application 30 (2005) 21-30.
func CIEDE2000(p, q Lab) float64 {
	c7 := math.Pow((math.Hypot(p[1], p[2])+math.Hypot(q[1], q[2]))/2, 7)
	g := 0.5 * (1 - math.Sqrt(c7/(c7+pow25to7)))
	a1, a2 := (1+g)*p[1], (1+g)*q[1]
	c1, c2 := math.Hypot(a1, p[2]), math.Hypot(a2, q[2])
	h1, h2 := hue(a1, p[2]), hue(a2, q[2])

	dL, dC := q[0]-p[0], c2-c1
	dh, mean := h2-h1, h1+h2 // mean hue; of one grey and one colour, the colour's hue
	if c1*c2 == 0 {
		dh = 0
	} else {
		switch {
		case dh > 180:
			dh -= 360
		case dh < -180:
			dh += 360
		}
		switch {
		case math.Abs(h1-h2) <= 180:
			mean /= 2
		case mean < 360:
			mean = (mean + 360) / 2
		default:
			mean = (mean - 360) / 2
		}
	}
	dH := 2 * math.Sqrt(c1*c2) * sin(dh/2)

	l := (p[0]+q[0])/2 - 50
	c := (c1 + c2) / 2
	t := 1 - 0.17*cos(mean-30) + 0.24*cos(2*mean) + 0.32*cos(3*mean+6) - 0.20*cos(4*mean-63)
	sL := 1 + 0.015*l*l/math.Sqrt(20+l*l)
	sC := 1 + 0.045*c
	sH := 1 + 0.015*c*t
	theta := 30 * math.Exp(-((mean-275)/25)*((mean-275)/25))
	c7 = math.Pow(c, 7)
	rT := -2 * math.Sqrt(c7/(c7+pow25to7)) * sin(2*theta)
	x, y, z := dL/sL, dC/sC, dH/sH
	return math.Sqrt(x*x + y*y + z*z + rT*y*z)
}

const pow25to7 = 25 * 25 * 25 * 25 * 25 * 25 * 25

// hue is in degrees, 0 to 360.
func hue(a, b float64) float64 {
	if a == 0 && b == 0 {
		return 0
	}
	h := math.Atan2(b, a) * 180 / math.Pi
	if h < 0 {
		h += 360
	}
	return h
}

func sin(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }
func cos(degrees float64) float64 { return math.Cos(degrees * math.Pi / 180) }

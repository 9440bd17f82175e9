package portrait

import "math"

// target paints the picture that the demonstration turns into a mosaic: large shapes of light and dark, and
// few strong colours, which a mosaic can show from afar. The face is painted as light: a rounded form, to
// which each feature adds light or takes some, and a ramp of colours from shadow to light.
func target(c *canvas) {
	targetGround(c)
	targetHalo(c)
	targetHair(c)
	targetRobe(c)
	targetFace(c)
	targetFringe(c)
}

// Where her head is.
const (
	targetX, targetY   = 0.500, 0.475
	targetRX, targetRY = 0.200, 0.285
)

// targetGround paints the background: deep blue with stars, lighter around the gold, in rings like the
// stones of a vault.
func targetGround(c *canvas) {
	c.fillAll(func(x, y float64) rgb {
		far := hypot(x-targetX, y-0.42)
		base := mix(rgb{0.13, 0.30, 0.78}, rgb{0.03, 0.06, 0.27}, smoothstep(0.38, 0.85, far))
		wave := far * 26
		return base.scaled(lerp(0.90, 1.06, smoothstep(0, 0.5, math.Abs(wave-math.Floor(wave)-0.5))))
	})
	for _, s := range [][3]float64{
		{0.07, 0.09, 0.026}, {0.19, 0.035, 0.014}, {0.93, 0.08, 0.026}, {0.80, 0.04, 0.014}, {0.045, 0.30, 0.016}, {0.955, 0.31, 0.016},
		{0.05, 0.53, 0.020}, {0.95, 0.55, 0.020}, {0.09, 0.70, 0.013}, {0.92, 0.72, 0.013},
	} {
		x, y, r := s[0], s[1], s[2]
		star := polygon(x, y-r, x+r*0.28, y, x, y+r, x-r*0.28, y)
		c.fill(star.or(polygon(x-r, y, x, y-r*0.28, x+r, y, x, y+r*0.28)), rgb{0.98, 0.84, 0.42})
	}
}

// targetHalo paints the disc of gold behind her head, bright at the upper left, where the light comes from.
func targetHalo(c *canvas) {
	const x, y, r = targetX, 0.42, 0.385
	c.blur(circle(x, y, r), solid(rgb{0.02, 0.03, 0.12}), 0.5, 0.06)
	gold := func(px, py float64) rgb {
		t := smoothstep(-0.30, 0.34, float64(0.7*(px-x))+float64(0.7*(py-y)))
		g := mix(rgb{1, 0.91, 0.52}, rgb{0.74, 0.43, 0.09}, t)
		wave := hypot(px-x, py-y) * 30
		return g.scaled(lerp(0.93, 1.04, smoothstep(0, 0.5, math.Abs(wave-math.Floor(wave)-0.5))))
	}
	c.draw(circle(x, y, r), gold, 1)
	c.fill(ring(x, y, r-0.012, r-0.012, 0.016), rgb{0.55, 0.10, 0.07})
	c.fill(ring(x, y, r-0.030, r-0.030, 0.007), rgb{1, 0.95, 0.70})
	const pearls = 28
	for i := range pearls {
		cos, sin := pointOnCircle(i, pearls)
		c.fill(circle(x+(r-0.012)*cos, y+(r-0.012)*sin, 0.0075), rgb{1, 0.97, 0.88})
	}
}

// targetHairColour is the colour of her hair: nearly black, with warm light on its left.
func targetHairColour(x, y float64) rgb {
	strand := float64(hypot(x-targetX, float64((y-0.30)*0.62)) * 46)
	fine := smoothstep(0, 0.5, math.Abs(strand-math.Floor(strand)-0.5))
	lit := float64(0.85*falloff(x, y, 0.335, 0.29, 0.17, 0.25)) + float64(0.40*falloff(x, y, 0.27, 0.62, 0.10, 0.25)) +
		float64(0.25*falloff(x, y, 0.62, 0.19, 0.16, 0.10))
	return mix(rgb{0.055, 0.030, 0.030}, rgb{0.50, 0.25, 0.11}, float64(lit*lerp(0.55, 1, fine)))
}

// targetHair paints the hair behind her face and on her shoulders.
func targetHair(c *canvas) {
	s := ellipse(targetX, 0.40, 0.268, 0.300).or(
		ellipse(0.285, 0.66, 0.100, 0.24), ellipse(0.715, 0.66, 0.100, 0.24),
		ellipse(0.265, 0.86, 0.090, 0.17), ellipse(0.735, 0.86, 0.090, 0.17))
	c.blur(s, solid(rgb{0.10, 0.03, 0.02}), 0.55, 0.05)
	c.draw(s.or(roundedRect(0.30, 0.45, 0.70, 0.84, 0.02)), targetHairColour, 1)
}

// targetRobe paints the neck, and a purple robe with a hem of gold and pearls.
func targetRobe(c *canvas) {
	cloth := func(x, y float64) rgb {
		lit := float64(0.9*falloff(x, y, 0.20, 0.98, 0.34, 0.20)) + float64(0.35*falloff(x, y, 0.78, 0.93, 0.16, 0.10))
		fold := float64((x - 0.5) * (x - 0.5) * 40)
		crease := smoothstep(0, 0.5, math.Abs(fold-math.Floor(fold)-0.5))
		return mix(rgb{0.17, 0.03, 0.16}, rgb{0.66, 0.15, 0.38}, float64(lit*lerp(0.55, 1, crease)))
	}
	shoulders := ellipse(targetX, 1.08, 0.45, 0.255)
	c.draw(shoulders, cloth, 1)
	const low, bend = 0.925, -2.1 // of the neckline
	chest := shoulders.grown(0.004).and(above(targetX, low, bend))
	neck := polygon(0.412, 0.62, 0.588, 0.62, 0.600, 0.93, 0.400, 0.93).or(ellipse(targetX, 0.90, 0.150, 0.080)).and(above(targetX, low, bend))
	c.draw(chest.or(neck), func(x, y float64) rgb {
		l := 0.58 - float64(0.60*smoothstep(-0.09, 0.14, x-targetX)) - float64(0.42*falloff(x, y, 0.53, 0.71, 0.22, 0.15)) +
			float64(0.16*falloff(x, y, 0.42, 0.86, 0.10, 0.06)) - float64(0.20*falloff(x, y, 0.33, 0.86, 0.08, 0.09))
		return skinTone(l)
	}, 1)
	hem := shoulders.grown(0.010).and(above(targetX, low+0.055, bend)).without(above(targetX, low-0.004, bend))
	c.draw(hem, linear(rgb{1, 0.88, 0.46}, rgb{0.62, 0.36, 0.08}, 0.30, 0.85, 0.70, 0.95), 1)
	for i := range 9 {
		dx := float64(float64(i-4) * 0.049)
		tone := rgb{1, 0.98, 0.92}
		if i%2 == 1 {
			tone = rgb{0.10, 0.42, 0.42}
		}
		c.fill(circle(targetX+dx, low+0.026+float64(bend*dx*dx), 0.0125), tone)
	}
}

// skinTone is the ramp from shadow to light.
func skinTone(l float64) rgb {
	ramp := [...]rgb{
		{0.13, 0.045, 0.055}, {0.30, 0.115, 0.095}, {0.54, 0.255, 0.165}, {0.78, 0.475, 0.310},
		{0.93, 0.690, 0.500}, {0.99, 0.860, 0.705}, {1.00, 0.965, 0.890},
	}
	t := clamp(l) * float64(len(ramp)-1)
	i := min(int(t), len(ramp)-2)
	return mix(ramp[i], ramp[i+1], t-float64(i))
}

// targetFaceLight is how much light falls on each point of her face.
func targetFaceLight(x, y float64) float64 {
	u, v := (x-targetX)/targetRX, (y-targetY)/targetRY
	z := math.Sqrt(max(0, 1-float64(0.86*u*u)-float64(0.72*v*v)))
	// A rounded form, lit from the upper left and a little from the front.
	l := 0.13 + float64(0.82*max(0, float64(-0.62*u)+float64(-0.30*v)+float64(0.66*z)))
	add := func(weight, cx, cy, rx, ry float64) { l += float64(weight * falloff(u, v, cx, cy, rx, ry)) }
	add(+0.16, -0.30, -0.62, 0.55, 0.30) // forehead
	add(-0.34, -0.42, -0.10, 0.34, 0.17) // the hollows of the eyes
	add(-0.30, +0.42, -0.10, 0.36, 0.18)
	add(-0.22, -0.10, -0.10, 0.12, 0.16) // beside the root of the nose
	add(-0.16, +0.14, -0.08, 0.14, 0.18)
	add(+0.14, -0.48, +0.22, 0.34, 0.20) // cheekbones
	add(+0.22, +0.46, +0.16, 0.26, 0.15)
	add(-0.20, -0.62, +0.50, 0.26, 0.32)   // below them
	add(+0.30, -0.030, +0.06, 0.090, 0.36) // the ridge of the nose
	add(+0.26, -0.035, +0.27, 0.14, 0.10)  // its tip
	add(-0.46, +0.17, +0.14, 0.15, 0.34)   // its shadow
	add(-0.40, +0.02, +0.375, 0.26, 0.06)  // below it
	add(+0.14, -0.22, +0.46, 0.20, 0.10)   // the upper lip
	add(-0.26, +0.00, +0.735, 0.34, 0.07)  // below the mouth
	add(+0.26, -0.10, +0.86, 0.28, 0.13)   // chin
	return l
}

func targetFace(c *canvas) {
	head := egg(targetX, targetY, targetRX, targetRY, 0.24)
	c.blur(head.grown(0.004), solid(rgb{0.05, 0.02, 0.02}), 0.6, 0.03)
	c.draw(head, func(x, y float64) rgb {
		tone := skinTone(targetFaceLight(x, y))
		rose := float64(0.34*falloff(x, y, 0.385, 0.560, 0.085, 0.065)) + float64(0.30*falloff(x, y, 0.585, 0.560, 0.060, 0.055))
		return mix(tone, rgb{0.90, 0.36, 0.22}, rose)
	}, 1)
	targetEye(c, 0.416, 0.452, -1)
	targetEye(c, 0.584, 0.452, +1)

	// Brows, wings of the nose, mouth.
	dark := rgb{0.10, 0.04, 0.035}
	c.draw(arc(0.412, 0.392, 0.066, 0.026, 0.024).turned(0.412, 0.4, -0.04), solid(dark), 0.95)
	c.draw(arc(0.588, 0.392, 0.066, 0.026, 0.024).turned(0.588, 0.4, 0.04), solid(dark), 0.95)
	c.draw(arc(0.478, 0.5745, 0.017, -0.010, 0.012), solid(rgb{0.26, 0.07, 0.05}), 0.85)
	c.draw(arc(0.522, 0.5745, 0.017, -0.010, 0.012), solid(rgb{0.16, 0.04, 0.03}), 0.9)
	lips := linear(rgb{0.86, 0.24, 0.22}, rgb{0.42, 0.06, 0.09}, 0.44, 0.63, 0.56, 0.65)
	c.draw(almond(0.478, 0.638, 0.044, -0.022, 0).or(almond(0.522, 0.638, 0.044, -0.022, 0)), lips, 0.95)
	c.draw(almond(targetX, 0.636, 0.058, 0, 0.034), lips, 0.95)
	c.draw(arc(targetX, 0.641, 0.070, -0.008, 0.009), solid(rgb{0.22, 0.03, 0.04}), 1)
	c.blur(ellipse(0.486, 0.655, 0.018, 0.006), solid(rgb{1, 0.72, 0.66}), 0.75, 0.012)
}

// targetEye paints one of the large dark eyes that are typical of Ravenna.
func targetEye(c *canvas, x, y, side float64) {
	dark := rgb{0.07, 0.03, 0.03}
	white := almond(x, y, 0.054, -0.031, 0.020)
	c.blur(ellipse(x, y-0.006, 0.060, 0.036), solid(rgb{0.34, 0.12, 0.08}), 0.55, 0.030)
	bright := rgb{0.97, 0.93, 0.86}
	if side > 0 {
		bright = rgb{0.82, 0.72, 0.64} // in the shade
	}
	c.draw(white, linear(bright.scaled(0.5), bright, x, y-0.029, x, y), 1)
	c.draw(white.and(circle(x-0.003, y-0.006, 0.0255)), radial(rgb{0.55, 0.29, 0.09}, rgb{0.13, 0.05, 0.03}, x+0.006, y+0.004, 0.028), 1)
	c.draw(white.and(circle(x-0.003, y-0.006, 0.0120)), solid(rgb{0.02, 0.01, 0.01}), 1)
	c.fill(circle(x-0.011, y-0.014, 0.0055), rgb{1, 1, 0.97})
	c.draw(arc(x, y-0.030, 0.060, 0.032, 0.019), solid(dark), 1)
	c.draw(arc(x, y+0.019, 0.054, -0.019, 0.008), solid(dark), 0.8)
	c.draw(arc(x, y-0.050, 0.056, 0.028, 0.008), solid(rgb{0.30, 0.11, 0.07}), 0.7)
}

// targetFringe paints the hair that frames the face, parted in the middle, and the band in it.
func targetFringe(c *canvas) {
	head := egg(targetX, targetY, targetRX, targetRY, 0.24)
	crown := ellipse(targetX, 0.400, 0.262, 0.292)
	opening := egg(targetX, targetY+0.012, targetRX*0.955, targetRY*0.99, 0.24)
	frame := crown.without(opening).and(above(targetX, 0.64, 0)).or(head.grown(0.012).and(above(targetX, 0.262, 3.3)))
	c.blur(frame, solid(rgb{0.12, 0.04, 0.03}), 0.35, 0.025)
	c.draw(frame, targetHairColour, 1)
	c.draw(stroke(targetX, 0.13, targetX, 0.262, 0.004, 0.007), solid(rgb{0.25, 0.12, 0.07}), 0.9)
	const low, bend = 0.222, 1.9
	band := crown.and(above(targetX, low, bend)).without(above(targetX, low-0.034, bend))
	c.draw(band, linear(rgb{1, 0.90, 0.50}, rgb{0.60, 0.34, 0.08}, 0.3, 0.2, 0.72, 0.28), 1)
	for i := range 7 {
		u := float64(i-3) / 3.6
		dx := float64(0.230 * u)
		c.fill(circle(targetX+dx, low-0.017+float64(bend*dx*dx), 0.0085), rgb{1, 0.98, 0.92})
	}
	c.fill(ellipse(targetX, 0.205, 0.014, 0.018), rgb{0.75, 0.08, 0.12})
}

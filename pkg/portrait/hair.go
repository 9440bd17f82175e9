package portrait

// hairColour is how hair takes the light: a brighter band over the upper left of the head.
func (f features) hairColour(x, y float64) rgb {
	u, v := (x-f.cx)/f.rx, (y-f.cy)/f.ry
	light := mix(f.hair, rgb{1, 0.93, 0.82}, 0.20)
	t := falloff(u, v, -0.35, -0.95, 0.95, 0.45)
	return mix(f.hair.scaled(lerp(1, 0.66, smoothstep(-0.6, 1.3, u))), light, t)
}

// hairHidden reports whether headwear leaves no hair to be seen.
func (f features) hairHidden() bool { return f.headwear == scarf || f.headwear == turban }

// hairBehind draws the hair that falls behind the neck and stands out around the head.
func hairBehind(c *canvas, f features) {
	if f.hairHidden() {
		return
	}
	x, y, rx, ry := f.cx, f.cy, f.rx, f.ry
	var s shape
	switch f.hairstyle {
	case afro:
		s = ellipse(x, y-ry*0.30, rx*1.62, ry*1.22)
		var rim []float64
		for i := range 16 {
			cos, sin := pointOnCircle(i, 16)
			rim = append(rim, x+rx*1.5*cos, y-ry*0.30+ry*1.1*sin)
		}
		s = s.or(circles(0.045, rim...))
	case curls:
		s = ellipse(x, y-ry*0.25, rx*1.2, ry*0.98)
		var rim []float64
		for i := range 13 {
			if cos, sin := pointOnCircle(i, 13); sin < 0.45 {
				rim = append(rim, x+rx*1.15*cos, y-ry*0.25+ry*0.9*sin)
			}
		}
		s = s.or(circles(0.052, rim...))
	case bob:
		s = roundedRect(x-rx*1.30, y-ry*1.05, x+rx*1.30, y+ry*0.95, rx*0.95)
	case long:
		s = roundedRect(x-rx*1.32, y-ry*1.12, x+rx*1.32, 1.02, rx*1.1)
	case wavy:
		s = ellipse(x, y-ry*0.2, rx*1.28, ry*0.95).or(
			ellipse(x-rx*0.98, y+ry*0.35, rx*0.46, ry*0.62), ellipse(x+rx*0.98, y+ry*0.35, rx*0.46, ry*0.62),
			ellipse(x-rx*1.02, y+ry*0.95, rx*0.52, ry*0.55), ellipse(x+rx*1.02, y+ry*0.95, rx*0.52, ry*0.55),
			ellipse(x-rx*0.75, y+ry*1.3, rx*0.4, ry*0.35), ellipse(x+rx*0.75, y+ry*1.3, rx*0.4, ry*0.35))
	case bun:
		s = circle(x, y-ry*1.16, rx*0.46)
	case ponytail:
		s = stroke(x+rx*0.6, y-ry*0.7, x+rx*1.45, y+ry*0.8, 0.11, 0.06).or(circle(x+rx*0.72, y-ry*0.72, 0.07))
	default:
		return
	}
	c.draw(s, f.hairColour, 1)
}

// hairBefore draws the hair that grows above the face.
func hairBefore(c *canvas, f features, head shape) {
	if f.hairHidden() || f.hairstyle == bald {
		return
	}
	x, y, rx, ry := f.cx, f.cy, f.rx, f.ry
	bend := ry / (rx * rx)
	scalp := head.grown(0.020).and(above(x, y-ry*0.05, 0))
	var s shape
	switch f.hairstyle {
	case cropped:
		s = head.grown(0.014).and(above(x, y-ry*0.56, bend*0.42))
	case parted:
		s = scalp.and(above(x-rx*0.5, y-ry*0.68, bend*0.30)).or(
			ellipse(x+rx*0.15, y-ry*0.92, rx*0.85, ry*0.22))
	case quiff:
		s = scalp.and(above(x, y-ry*0.58, bend*0.40)).or(
			ellipse(x-rx*0.1, y-ry*0.98, rx*0.80, ry*0.28).turned(x, y-ry, 0.08))
	case curls, afro:
		s = scalp.and(above(x, y-ry*0.62, bend*0.35))
		var fringe []float64
		for i := range 7 {
			u := float64(i-3) / 3
			fringe = append(fringe, x+rx*0.85*u, y-ry*0.80+ry*0.36*u*u)
		}
		s = s.or(circles(0.042, fringe...))
	case bob:
		s = head.grown(0.024).and(above(x, y-ry*0.40, bend*0.22))
	case long:
		s = head.grown(0.024).and(above(x+rx*0.05, y-ry*0.78, bend*0.85))
	case wavy:
		s = scalp.grown(0.008).and(above(x-rx*0.45, y-ry*0.80, bend*0.48)).or(
			ellipse(x+rx*0.2, y-ry*0.95, rx*0.9, ry*0.22).turned(x, y-ry, 0.06))
	case bun, ponytail:
		s = head.grown(0.016).and(above(x, y-ry*0.66, bend*0.55))
	}
	c.draw(s, f.hairColour, 1)
}

// pointOnCircle gives n points of a circle, without the sines that differ between machines: each is the one
// before, turned by the same angle.
func pointOnCircle(i, n int) (cos, sin float64) {
	// tan(pi/n), by its series up to the fifth power: good to the third digit for n of 8 and more.
	a := 3.14159265 / float64(n)
	t := a + float64(a*a*a)/3 + float64(2*a*a*a*a*a)/15
	dc, ds := (1-float64(t*t))/(1+float64(t*t)), 2*t/(1+float64(t*t))
	cos, sin = 1, 0
	for range i {
		cos, sin = float64(cos*dc)-float64(sin*ds), float64(sin*dc)+float64(cos*ds)
	}
	return cos, sin
}

// drawHeadwear draws what somebody has on the head.
func drawHeadwear(c *canvas, f features) {
	x, y, rx, ry := f.cx, f.cy, f.rx, f.ry
	cloth := mix(f.accent, f.cloth, 0.15)
	light, dark := mix(cloth, rgb{1, 1, 1}, 0.18), cloth.scaled(0.62)
	across := linear(light, dark, x-rx, y-ry, x+rx, y)
	switch f.headwear {
	case beanie:
		c.draw(ellipse(x, y-ry*0.62, rx*1.12, ry*0.66).and(above(x, y-ry*0.5, 0)), across, 1)
		c.draw(roundedRect(x-rx*1.14, y-ry*0.68, x+rx*1.14, y-ry*0.42, 0.025), linear(mix(light, rgb{1, 1, 1}, 0.15), cloth, x-rx, y, x+rx, y), 1)
		c.fill(circle(x, y-ry*1.30, 0.045), mix(light, rgb{1, 1, 1}, 0.4))
	case brimmed:
		c.draw(ellipse(x, y-ry*0.72, rx*0.98, ry*0.62).and(above(x, y-ry*0.6, 0)), across, 1)
		c.draw(arc(x, y-ry*0.66, rx*1.0, 0.012, 0.07), solid(dark), 1)
		c.draw(ellipse(x, y-ry*0.54, rx*1.75, ry*0.13), linear(light, cloth, x, y-ry*0.7, x, y-ry*0.42), 1)
	case scarf:
		hood := egg(x, y+ry*0.02, rx*1.36, ry*1.30, 0.16).or(ellipse(x, y+ry*1.25, rx*1.35, ry*0.55))
		opening := egg(x, y+ry*0.06, rx*0.93, ry*0.93, f.jaw)
		c.draw(hood.without(opening), across, 1)
		c.draw(arc(x, y+ry*1.18, rx*0.95, -ry*0.22, 0.02), solid(dark), 0.7)
		c.draw(arc(x-rx*0.1, y+ry*1.38, rx*1.05, -ry*0.30, 0.02), solid(dark), 0.5)
		c.draw(ring(x, y+ry*0.06, rx*0.95, ry*0.95, 0.014).and(above(x, y+ry*0.2, 0)), solid(light), 0.6)
	case turban:
		wrap := ellipse(x, y-ry*0.78, rx*1.30, ry*0.62).and(above(x, y-ry*0.46, 0.5))
		c.draw(wrap, across, 1)
		for i := range 4 {
			k := float64(i)
			c.draw(wrap.and(arc(x-0.02+0.012*k, y-ry*(0.55+0.17*k), rx*1.25, -0.09+0.012*k, 0.014)), solid(dark), 0.6)
		}
		c.draw(ellipse(x, y-ry*0.80, 0.022, 0.032), solid(rgb{0.95, 0.80, 0.35}), 1)
	case headphones:
		c.draw(ring(x, y-ry*0.10, rx*1.12, ry*1.10, 0.026).and(above(x, y, 0)), solid(dark), 1)
		cups := roundedRect(x-rx*1.26, y-ry*0.16, x-rx*0.98, y+ry*0.26, 0.025)
		c.draw(cups.or(cups.mirrored(x)), across, 1)
	case flower:
		fx, fy := x+rx*0.82, y-ry*0.62
		petals := circles(0.03, fx, fy-0.035, fx+0.034, fy-0.010, fx+0.021, fy+0.029, fx-0.021, fy+0.029, fx-0.034, fy-0.010)
		c.draw(petals, radial(mix(light, rgb{1, 1, 1}, 0.5), light, fx, fy, 0.07), 1)
		c.fill(circle(fx, fy, 0.02), rgb{0.98, 0.80, 0.25})
	}
}

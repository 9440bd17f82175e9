package portrait

// sheen is how hair takes the light: a brighter band over the upper left of the head.
func (l look) sheen(x, y float64) rgb {
	u, v := (x-l.cx)/l.rx, (y-l.cy)/l.ry
	light := mix(l.hair, rgb{1, 0.93, 0.82}, 0.20)
	t := bump(u, v, -0.35, -0.95, 0.95, 0.45)
	return mix(l.hair.scaled(lerp(1, 0.66, step(-0.6, 1.3, u))), light, t)
}

// hidden reports whether headwear leaves no hair to be seen.
func (l look) hidden() bool { return l.headwear == scarf || l.headwear == turban }

// hairBehind draws the hair that falls behind the neck and stands out around the head.
func hairBehind(c *canvas, l look) {
	if l.hidden() {
		return
	}
	x, y, rx, ry := l.cx, l.cy, l.rx, l.ry
	var s shape
	switch l.style {
	case afro:
		s = ellipse(x, y-ry*0.30, rx*1.62, ry*1.22)
		var rim []float64
		for i := range 16 {
			cos, sin := around(i, 16)
			rim = append(rim, x+rx*1.5*cos, y-ry*0.30+ry*1.1*sin)
		}
		s = s.or(circles(0.045, rim...))
	case curls:
		s = ellipse(x, y-ry*0.25, rx*1.2, ry*0.98)
		var rim []float64
		for i := range 13 {
			if cos, sin := around(i, 13); sin < 0.45 {
				rim = append(rim, x+rx*1.15*cos, y-ry*0.25+ry*0.9*sin)
			}
		}
		s = s.or(circles(0.052, rim...))
	case bob:
		s = block(x-rx*1.30, y-ry*1.05, x+rx*1.30, y+ry*0.95, rx*0.95)
	case long:
		s = block(x-rx*1.32, y-ry*1.12, x+rx*1.32, 1.02, rx*1.1)
	case wavy:
		s = ellipse(x, y-ry*0.2, rx*1.28, ry*0.95).or(
			ellipse(x-rx*0.98, y+ry*0.35, rx*0.46, ry*0.62), ellipse(x+rx*0.98, y+ry*0.35, rx*0.46, ry*0.62),
			ellipse(x-rx*1.02, y+ry*0.95, rx*0.52, ry*0.55), ellipse(x+rx*1.02, y+ry*0.95, rx*0.52, ry*0.55),
			ellipse(x-rx*0.75, y+ry*1.3, rx*0.4, ry*0.35), ellipse(x+rx*0.75, y+ry*1.3, rx*0.4, ry*0.35))
	case bun:
		s = circle(x, y-ry*1.16, rx*0.46)
	case ponytail:
		s = pen(x+rx*0.6, y-ry*0.7, x+rx*1.45, y+ry*0.8, 0.11, 0.06).or(circle(x+rx*0.72, y-ry*0.72, 0.07))
	default:
		return
	}
	c.draw(s, l.sheen, 1)
}

// hairBefore draws the hair that grows above the face.
func hairBefore(c *canvas, l look, head shape) {
	if l.hidden() || l.style == bald {
		return
	}
	x, y, rx, ry := l.cx, l.cy, l.rx, l.ry
	bend := ry / (rx * rx)
	scalp := head.grown(0.020).and(above(x, y-ry*0.05, 0))
	var s shape
	switch l.style {
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
	c.draw(s, l.sheen, 1)
}

// around gives n points of a circle, without the sines that differ between machines: each is the one
// before, turned by the same angle.
func around(i, n int) (cos, sin float64) {
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

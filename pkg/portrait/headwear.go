package portrait

// wear draws what somebody has on the head.
func wear(c *canvas, l look, head shape) {
	x, y, rx, ry := l.cx, l.cy, l.rx, l.ry
	cloth := mix(l.accent, l.cloth, 0.15)
	light, dark := mix(cloth, rgb{1, 1, 1}, 0.18), cloth.scaled(0.62)
	across := fade(light, dark, x-rx, y-ry, x+rx, y)
	switch l.headwear {
	case beanie:
		c.draw(ellipse(x, y-ry*0.62, rx*1.12, ry*0.66).and(above(x, y-ry*0.5, 0)), across, 1)
		c.draw(block(x-rx*1.14, y-ry*0.68, x+rx*1.14, y-ry*0.42, 0.025), fade(mix(light, rgb{1, 1, 1}, 0.15), cloth, x-rx, y, x+rx, y), 1)
		c.fill(circle(x, y-ry*1.30, 0.045), mix(light, rgb{1, 1, 1}, 0.4))
	case brimmed:
		c.draw(ellipse(x, y-ry*0.72, rx*0.98, ry*0.62).and(above(x, y-ry*0.6, 0)), across, 1)
		c.draw(bow(x, y-ry*0.66, rx*1.0, 0.012, 0.07), plain(dark), 1)
		c.draw(ellipse(x, y-ry*0.54, rx*1.75, ry*0.13), fade(light, cloth, x, y-ry*0.7, x, y-ry*0.42), 1)
	case scarf:
		hood := egg(x, y+ry*0.02, rx*1.36, ry*1.30, 0.16).or(ellipse(x, y+ry*1.25, rx*1.35, ry*0.55))
		opening := egg(x, y+ry*0.06, rx*0.93, ry*0.93, l.jaw)
		c.draw(hood.without(opening), across, 1)
		c.draw(bow(x, y+ry*1.18, rx*0.95, -ry*0.22, 0.02), plain(dark), 0.7)
		c.draw(bow(x-rx*0.1, y+ry*1.38, rx*1.05, -ry*0.30, 0.02), plain(dark), 0.5)
		c.draw(ring(x, y+ry*0.06, rx*0.95, ry*0.95, 0.014).and(above(x, y+ry*0.2, 0)), plain(light), 0.6)
	case turban:
		wrap := ellipse(x, y-ry*0.78, rx*1.30, ry*0.62).and(above(x, y-ry*0.46, 0.5))
		c.draw(wrap, across, 1)
		for i := range 4 {
			k := float64(i)
			c.draw(wrap.and(bow(x-0.02+0.012*k, y-ry*(0.55+0.17*k), rx*1.25, -0.09+0.012*k, 0.014)), plain(dark), 0.6)
		}
		c.draw(ellipse(x, y-ry*0.80, 0.022, 0.032), plain(rgb{0.95, 0.80, 0.35}), 1)
	case headphones:
		c.draw(ring(x, y-ry*0.10, rx*1.12, ry*1.10, 0.026).and(above(x, y, 0)), plain(dark), 1)
		cups := block(x-rx*1.26, y-ry*0.16, x-rx*0.98, y+ry*0.26, 0.025)
		c.draw(cups.or(cups.mirrored(x)), across, 1)
	case flower:
		fx, fy := x+rx*0.82, y-ry*0.62
		petals := circles(0.03, fx, fy-0.035, fx+0.034, fy-0.010, fx+0.021, fy+0.029, fx-0.021, fy+0.029, fx-0.034, fy-0.010)
		c.draw(petals, glow(mix(light, rgb{1, 1, 1}, 0.5), light, fx, fy, 0.07), 1)
		c.fill(circle(fx, fy, 0.02), rgb{0.98, 0.80, 0.25})
	}
}

package portrait

// face draws a head and what is on it, but for the hair.
func face(c *canvas, d *dice, l look, head shape) {
	x, y, rx, ry := l.cx, l.cy, l.rx, l.ry
	shade := l.shade()
	ears := ellipse(x-rx*1.0, y+ry*0.08, rx*0.15, ry*0.17).or(ellipse(x+rx*1.0, y+ry*0.08, rx*0.15, ry*0.17))
	c.draw(ears, l.complexion, 1)
	c.draw(head, l.complexion, 1)
	blush := rgb{0.86, 0.30, 0.26}
	c.blur(ellipse(x-rx*0.52, y+ry*0.32, rx*0.16, ry*0.1), plain(blush), 0.20, rx*0.36)
	c.blur(ellipse(x+rx*0.52, y+ry*0.32, rx*0.16, ry*0.1), plain(blush), 0.16, rx*0.36)
	if l.freckles {
		for range 14 {
			fx, fy := d.between(-0.62, 0.62), d.between(0.14, 0.40)
			c.draw(circle(x+fx*rx, y+fy*ry, 0.0055), plain(shade), 0.55)
		}
	}
	beard(c, l, head)

	// The nose: its shadow at the right, its tip, and a light on the ridge.
	c.blur(pen(x+rx*0.06, y-ry*0.02, x+rx*0.14, y+ry*0.27, 0.008, 0.022), plain(shade), 0.5, 0.025)
	c.draw(bow(x, y+ry*0.315, rx*0.17, -ry*0.045, 0.017), plain(shade), 0.75)
	c.blur(pen(x-rx*0.03, y-ry*0.02, x-rx*0.03, y+ry*0.2, 0.008, 0.02), plain(mix(l.skin, rgb{1, 1, 1}, 0.5)), 0.4, 0.02)

	mouth(c, l)
	for _, side := range []float64{-1, 1} {
		eye(c, l, side)
	}
	spectacles(c, l)
	if l.earrings {
		gold := fade(rgb{1, 0.9, 0.55}, rgb{0.72, 0.5, 0.12}, x, y+ry*0.2, x, y+ry*0.36)
		c.draw(circle(x-rx*1.02, y+ry*0.31, 0.015).or(circle(x+rx*1.02, y+ry*0.31, 0.015)), gold, 1)
	}
}

func mouth(c *canvas, l look) {
	x, y := l.cx, l.cy+l.ry*0.55
	lips := mix(l.skin, rgb{0.70, 0.16, 0.18}, 0.55).scaled(0.92)
	if l.open {
		c.fill(smile(x, y-0.012, l.wide, 0.004, 0.046), rgb{0.33, 0.07, 0.09})
		c.fill(smile(x, y-0.011, l.wide*0.9, 0.004, 0.022), rgb{0.97, 0.96, 0.93})
		c.draw(bow(x, y+0.036, l.wide*0.72, -0.022, 0.014), plain(lips), 1)
		c.draw(bow(x, y-0.010, l.wide*1.08, -0.008, 0.012), plain(lips), 1)
		return
	}
	c.draw(smile(x, y-0.004, l.wide*0.8, -0.016, 0.030), plain(lips), 0.9)
	c.draw(bow(x, y+0.006, l.wide, -0.016, 0.012), plain(lips.scaled(0.55)), 1)
}

func eye(c *canvas, l look, side float64) {
	x, y := l.cx+side*l.rx*0.43, l.cy-l.ry*0.02
	dark := mix(l.shade(), rgb{0.08, 0.05, 0.05}, 0.7)
	white := smile(x, y, 0.037, -0.029, 0.019)
	c.blur(ellipse(x, y-0.012, 0.045, 0.03), plain(l.shade()), 0.30, 0.035)
	c.draw(white, plain(rgb{0.97, 0.97, 0.96}), 1)
	c.draw(white.and(circle(x, y-0.004, 0.0185)), plain(l.iris), 1)
	c.draw(white.and(circle(x, y-0.004, 0.0095)), plain(rgb{0.04, 0.03, 0.03}), 1)
	c.draw(circle(x-0.006, y-0.010, 0.0045), plain(rgb{1, 1, 1}), 0.95)
	c.draw(bow(x, y-0.027, 0.042, 0.028, 0.013), plain(dark), 1)
	brow := mix(l.hair.scaled(0.7), dark, 0.35)
	if l.hair.luma() > 0.7 {
		brow = l.hair.scaled(0.72)
	}
	c.draw(bow(x+side*0.004, y-l.ry*0.24, 0.050, 0.014, 0.019), plain(brow), 1)
}

func spectacles(c *canvas, l look) {
	if l.glasses == none {
		return
	}
	x, y, w := l.cx, l.cy-l.ry*0.01, l.rx*0.43
	for _, side := range []float64{-1, 1} {
		cx := x + side*w
		switch l.glasses {
		case round:
			c.draw(circle(cx, y, 0.056), plain(rgb{1, 1, 1}), 0.10)
			c.fill(ring(cx, y, 0.058, 0.058, 0.011), l.frame)
		case square:
			lens := block(cx-0.062, y-0.042, cx+0.062, y+0.042, 0.016)
			c.draw(lens, plain(rgb{1, 1, 1}), 0.10)
			c.fill(lens.grown(0.006).without(lens.grown(-0.006)), l.frame)
		case sun:
			lens := block(cx-0.064, y-0.040, cx+0.064, y+0.046, 0.03)
			c.draw(lens, fade(rgb{0.05, 0.05, 0.07}, rgb{0.32, 0.28, 0.30}, cx-0.05, y-0.05, cx+0.06, y+0.07), 0.97)
			c.draw(pen(cx-0.035, y+0.01, cx-0.01, y-0.02, 0.008, 0.008), plain(rgb{1, 1, 1}), 0.35)
			c.fill(lens.grown(0.004).without(lens.grown(-0.003)), l.frame)
		}
		c.fill(pen(cx+side*0.06, y-0.008, x+side*l.rx*1.02, y-0.012, 0.010, 0.010), l.frame)
	}
	c.fill(bow(x, y-0.012, w-0.045, 0.006, 0.013), l.frame)
}

func beard(c *canvas, l look, head shape) {
	x, y, rx, ry := l.cx, l.cy, l.rx, l.ry
	hair := l.hair
	switch {
	case hair.luma() < 0.15:
		hair = mix(hair, l.skin, 0.12)
	case hair.luma() > 0.7*l.skin.luma() && hair.luma() < 1.4*l.skin.luma():
		hair = hair.scaled(0.6) // or it could not be told from the skin
	}
	tone := fade(mix(hair, rgb{1, 1, 1}, 0.06), hair.scaled(0.7), x-rx, y, x+rx, y+ry)
	upperLip := bow(x, y+ry*0.43, rx*0.40, ry*0.085, 0.042)
	chin := head.grown(0.008).without(above(x, y+ry*0.36, -ry*0.2/(rx*rx)))
	// Around the mouth the skin stays bare.
	lips := ellipse(x, y+ry*0.57, rx*0.42, ry*0.125)
	switch l.beard {
	case stubble:
		c.blur(chin.without(lips), plain(mix(hair, l.skin, 0.35)), 0.34, 0.05)
	case moustache:
		c.draw(upperLip, tone, 1)
	case full:
		c.draw(chin.grown(0.012).without(lips).or(upperLip), tone, 1)
	case goatee:
		c.draw(head.grown(0.014).and(ellipse(x, y+ry*0.94, rx*0.44, ry*0.28)).or(upperLip), tone, 1)
	}
}

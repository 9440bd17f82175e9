package portrait

// drawFace draws a head and what is on it, but for the hair.
func drawFace(c *canvas, d *dice, f features, head shape) {
	x, y, rx, ry := f.cx, f.cy, f.rx, f.ry
	shade := f.skinShadow()
	ears := ellipse(x-rx*1.0, y+ry*0.08, rx*0.15, ry*0.17).or(ellipse(x+rx*1.0, y+ry*0.08, rx*0.15, ry*0.17))
	c.draw(ears, f.skinColour, 1)
	c.draw(head, f.skinColour, 1)
	blush := rgb{0.86, 0.30, 0.26}
	c.blur(ellipse(x-rx*0.52, y+ry*0.32, rx*0.16, ry*0.1), solid(blush), 0.20, rx*0.36)
	c.blur(ellipse(x+rx*0.52, y+ry*0.32, rx*0.16, ry*0.1), solid(blush), 0.16, rx*0.36)
	if f.freckles {
		for range 14 {
			fx, fy := d.between(-0.62, 0.62), d.between(0.14, 0.40)
			c.draw(circle(x+fx*rx, y+fy*ry, 0.0055), solid(shade), 0.55)
		}
	}
	beard(c, f, head)

	// The nose: its shadow at the right, its tip, and a light on the ridge.
	c.blur(stroke(x+rx*0.06, y-ry*0.02, x+rx*0.14, y+ry*0.27, 0.008, 0.022), solid(shade), 0.5, 0.025)
	c.draw(arc(x, y+ry*0.315, rx*0.17, -ry*0.045, 0.017), solid(shade), 0.75)
	c.blur(stroke(x-rx*0.03, y-ry*0.02, x-rx*0.03, y+ry*0.2, 0.008, 0.02), solid(mix(f.skin, rgb{1, 1, 1}, 0.5)), 0.4, 0.02)

	mouth(c, f)
	for _, side := range []float64{-1, 1} {
		eye(c, f, side)
	}
	spectacles(c, f)
	if f.earrings {
		gold := linear(rgb{1, 0.9, 0.55}, rgb{0.72, 0.5, 0.12}, x, y+ry*0.2, x, y+ry*0.36)
		c.draw(circle(x-rx*1.02, y+ry*0.31, 0.015).or(circle(x+rx*1.02, y+ry*0.31, 0.015)), gold, 1)
	}
}

func mouth(c *canvas, f features) {
	x, y := f.cx, f.cy+f.ry*0.55
	lips := mix(f.skin, rgb{0.70, 0.16, 0.18}, 0.55).scaled(0.92)
	if f.mouthOpen {
		c.fill(almond(x, y-0.012, f.mouthWidth, 0.004, 0.046), rgb{0.33, 0.07, 0.09})
		c.fill(almond(x, y-0.011, f.mouthWidth*0.9, 0.004, 0.022), rgb{0.97, 0.96, 0.93})
		c.draw(arc(x, y+0.036, f.mouthWidth*0.72, -0.022, 0.014), solid(lips), 1)
		c.draw(arc(x, y-0.010, f.mouthWidth*1.08, -0.008, 0.012), solid(lips), 1)
		return
	}
	c.draw(almond(x, y-0.004, f.mouthWidth*0.8, -0.016, 0.030), solid(lips), 0.9)
	c.draw(arc(x, y+0.006, f.mouthWidth, -0.016, 0.012), solid(lips.scaled(0.55)), 1)
}

func eye(c *canvas, f features, side float64) {
	x, y := f.cx+side*f.rx*0.43, f.cy-f.ry*0.02
	dark := mix(f.skinShadow(), rgb{0.08, 0.05, 0.05}, 0.7)
	white := almond(x, y, 0.037, -0.029, 0.019)
	c.blur(ellipse(x, y-0.012, 0.045, 0.03), solid(f.skinShadow()), 0.30, 0.035)
	c.draw(white, solid(rgb{0.97, 0.97, 0.96}), 1)
	c.draw(white.and(circle(x, y-0.004, 0.0185)), solid(f.iris), 1)
	c.draw(white.and(circle(x, y-0.004, 0.0095)), solid(rgb{0.04, 0.03, 0.03}), 1)
	c.draw(circle(x-0.006, y-0.010, 0.0045), solid(rgb{1, 1, 1}), 0.95)
	c.draw(arc(x, y-0.027, 0.042, 0.028, 0.013), solid(dark), 1)
	brow := mix(f.hair.scaled(0.7), dark, 0.35)
	if f.hair.luma() > 0.7 {
		brow = f.hair.scaled(0.72)
	}
	c.draw(arc(x+side*0.004, y-f.ry*0.24, 0.050, 0.014, 0.019), solid(brow), 1)
}

func spectacles(c *canvas, f features) {
	if f.glasses == none {
		return
	}
	x, y, w := f.cx, f.cy-f.ry*0.01, f.rx*0.43
	for _, side := range []float64{-1, 1} {
		cx := x + side*w
		switch f.glasses {
		case round:
			c.draw(circle(cx, y, 0.056), solid(rgb{1, 1, 1}), 0.10)
			c.fill(ring(cx, y, 0.058, 0.058, 0.011), f.frame)
		case square:
			lens := roundedRect(cx-0.062, y-0.042, cx+0.062, y+0.042, 0.016)
			c.draw(lens, solid(rgb{1, 1, 1}), 0.10)
			c.fill(lens.grown(0.006).without(lens.grown(-0.006)), f.frame)
		case sun:
			lens := roundedRect(cx-0.064, y-0.040, cx+0.064, y+0.046, 0.03)
			c.draw(lens, linear(rgb{0.05, 0.05, 0.07}, rgb{0.32, 0.28, 0.30}, cx-0.05, y-0.05, cx+0.06, y+0.07), 0.97)
			c.draw(stroke(cx-0.035, y+0.01, cx-0.01, y-0.02, 0.008, 0.008), solid(rgb{1, 1, 1}), 0.35)
			c.fill(lens.grown(0.004).without(lens.grown(-0.003)), f.frame)
		}
		c.fill(stroke(cx+side*0.06, y-0.008, x+side*f.rx*1.02, y-0.012, 0.010, 0.010), f.frame)
	}
	c.fill(arc(x, y-0.012, w-0.045, 0.006, 0.013), f.frame)
}

func beard(c *canvas, f features, head shape) {
	x, y, rx, ry := f.cx, f.cy, f.rx, f.ry
	hair := f.hair
	switch {
	case hair.luma() < 0.15:
		hair = mix(hair, f.skin, 0.12)
	case hair.luma() > 0.7*f.skin.luma() && hair.luma() < 1.4*f.skin.luma():
		hair = hair.scaled(0.6) // or it could not be told from the skin
	}
	tone := linear(mix(hair, rgb{1, 1, 1}, 0.06), hair.scaled(0.7), x-rx, y, x+rx, y+ry)
	upperLip := arc(x, y+ry*0.43, rx*0.40, ry*0.085, 0.042)
	chin := head.grown(0.008).without(above(x, y+ry*0.36, -ry*0.2/(rx*rx)))
	// Around the mouth the skin stays bare.
	lips := ellipse(x, y+ry*0.57, rx*0.42, ry*0.125)
	switch f.beard {
	case stubble:
		c.blur(chin.without(lips), solid(mix(hair, f.skin, 0.35)), 0.34, 0.05)
	case moustache:
		c.draw(upperLip, tone, 1)
	case full:
		c.draw(chin.grown(0.012).without(lips).or(upperLip), tone, 1)
	case goatee:
		c.draw(head.grown(0.014).and(ellipse(x, y+ry*0.94, rx*0.44, ry*0.28)).or(upperLip), tone, 1)
	}
}

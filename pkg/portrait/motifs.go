package portrait

// motifs are what people show who do not show a face.
var motifs = []func(*canvas, *dice){cat, sunset, blossom, night, mountains, rings, bird, dog}

var (
	black = rgb{0.06, 0.05, 0.06}
	white = rgb{0.98, 0.97, 0.95}
	amber = rgb{1, 0.80, 0.30}
)

func cat(c *canvas, d *dice) {
	fur := hex(pick(d, []uint32{0x1B1B1F, 0xE8A25A, 0x8C8C94, 0xF1EDE6, 0x5C4433}))
	eyes := pick(d, []rgb{{0.55, 0.80, 0.30}, {0.95, 0.75, 0.20}, {0.35, 0.65, 0.90}})
	light, dark := mix(fur, white, 0.2), fur.scaled(0.65)
	coat := linear(light, dark, 0.3, 0.3, 0.75, 0.95)
	c.draw(ellipse(0.5, 1.05, 0.34, 0.32), coat, 1)
	ear := polygon(0.24, 0.16, 0.44, 0.32, 0.26, 0.50)
	inner := polygon(0.27, 0.23, 0.38, 0.33, 0.28, 0.43)
	c.draw(ear.or(ear.mirrored(0.5)).grown(0.012), coat, 1)
	c.draw(inner.or(inner.mirrored(0.5)), solid(rgb{0.93, 0.62, 0.60}), 0.85)
	c.draw(ellipse(0.5, 0.52, 0.285, 0.245), coat, 1)
	c.draw(ellipse(0.5, 0.63, 0.12, 0.085), solid(mix(fur, white, 0.55)), 0.8)
	for _, x := range []float64{0.385, 0.615} {
		c.draw(ellipse(x, 0.49, 0.062, 0.058), radial(mix(eyes, white, 0.3), eyes, x, 0.49, 0.06), 1)
		c.fill(ellipse(x, 0.49, 0.018, 0.050), black)
		c.fill(circle(x-0.018, 0.47, 0.012), white)
	}
	c.fill(polygon(0.47, 0.585, 0.53, 0.585, 0.5, 0.62), rgb{0.85, 0.45, 0.47})
	c.fill(arc(0.466, 0.648, 0.038, -0.018, 0.014).or(arc(0.534, 0.648, 0.038, -0.018, 0.014)), black)
	for i := range 3 {
		y := 0.60 + 0.03*float64(i)
		w := stroke(0.38, y, 0.16, y-0.05+0.045*float64(i), 0.006, 0.004)
		c.draw(w.or(w.mirrored(0.5)), solid(white), 0.8)
	}
}

func dog(c *canvas, d *dice) {
	fur := hex(pick(d, []uint32{0xC98D4E, 0xF0E6D6, 0x3A2A22, 0x9A6B40, 0xD9B582}))
	coat := linear(mix(fur, white, 0.2), fur.scaled(0.7), 0.3, 0.25, 0.75, 0.95)
	c.draw(ellipse(0.5, 1.05, 0.33, 0.30), coat, 1)
	c.draw(egg(0.5, 0.48, 0.24, 0.28, 0.25), coat, 1)
	ear := ellipse(0.25, 0.47, 0.085, 0.22).turned(0.25, 0.3, 0.12)
	c.draw(ear.or(ear.mirrored(0.5)), solid(fur.scaled(0.6)), 1)
	c.draw(ellipse(0.5, 0.64, 0.135, 0.125), solid(mix(fur, white, 0.6)), 1)
	for _, x := range []float64{0.405, 0.595} {
		c.fill(circle(x, 0.45, 0.036), black)
		c.fill(circle(x-0.012, 0.438, 0.011), white)
	}
	c.fill(ellipse(0.5, 0.725, 0.045, 0.07).without(above(0.5, 0.70, 0)), rgb{0.92, 0.45, 0.50})
	c.fill(ellipse(0.5, 0.585, 0.058, 0.042), black)
	c.fill(arc(0.455, 0.70, 0.05, -0.03, 0.016).or(arc(0.545, 0.70, 0.05, -0.03, 0.016)), black)
}

func bird(c *canvas, d *dice) {
	body := hex(pick(d, []uint32{0xE23B3B, 0x2F86D6, 0xF2C230, 0x3DAA62, 0xF28FB0}))
	c.draw(stroke(0.1, 0.86, 0.95, 0.80, 0.04, 0.03), solid(rgb{0.32, 0.20, 0.12}), 1)
	c.draw(stroke(0.34, 0.70, 0.14, 0.94, 0.13, 0.07), solid(body.scaled(0.6)), 1)
	c.draw(ellipse(0.5, 0.56, 0.25, 0.28), linear(mix(body, white, 0.15), body.scaled(0.8), 0.5, 0.3, 0.4, 0.9), 1)
	c.draw(ellipse(0.57, 0.63, 0.17, 0.18), solid(mix(body, white, 0.65)), 0.9)
	c.draw(ellipse(0.37, 0.60, 0.11, 0.20).turned(0.37, 0.6, 0.15), linear(body.scaled(0.85), body.scaled(0.55), 0.3, 0.4, 0.4, 0.8), 1)
	c.fill(polygon(0.70, 0.40, 0.83, 0.455, 0.69, 0.49), rgb{0.98, 0.66, 0.15})
	c.fill(circle(0.59, 0.42, 0.036), white)
	c.fill(circle(0.60, 0.42, 0.022), black)
	c.fill(stroke(0.47, 0.82, 0.47, 0.86, 0.016, 0.016).or(stroke(0.56, 0.82, 0.56, 0.86, 0.016, 0.016)), rgb{0.85, 0.5, 0.1})
}

func sunset(c *canvas, d *dice) {
	sky := pick(d, [][2]uint32{
		{0x2B1B5A, 0xFF7A45}, {0x4A90E2, 0xFFE29A}, {0x7A1E48, 0xFFB347}, {0x123B6B, 0xF4A6B8}, {0x0F4C5C, 0xE9D8A6}, {0x3A0CA3, 0xF72585},
	})
	top, low := hex(sky[0]), hex(sky[1])
	x, line, r := d.between(0.3, 0.7), d.between(0.52, 0.72), d.between(0.11, 0.18)
	c.fillAll(linear(top, low, 0.5, 0, 0.5, line))
	c.draw(circle(x, line-0.06, 2.2*r), radial(mix(low, white, 0.5), low, x, line-0.06, 2.2*r), 0.6)
	c.fill(circle(x, line-0.06, r), mix(low, rgb{1, 0.98, 0.85}, 0.8))
	c.draw(roundedRect(-1, line, 2, 2, 0), linear(mix(low, top, 0.45), top.scaled(0.45), 0.5, line, 0.5, 1), 1)
	for i := range 6 {
		k := float64(i)
		c.draw(arc(x+d.between(-0.03, 0.03), line+0.03+0.06*k, 1.1*r-0.02*k+d.between(0, 0.05), 0, 0.022), solid(mix(low, white, 0.5)), 0.85-0.1*k)
	}
}

func mountains(c *canvas, d *dice) {
	rock := hex(pick(d, []uint32{0x3B4A6B, 0x5A4A63, 0x3F5F5A, 0x6B5B4B}))
	c.fill(circle(d.between(0.2, 0.8), 0.22, 0.09), mix(amber, white, 0.5))
	peak := func(x, y, w float64, tone rgb) {
		c.draw(polygon(x, y, x+w, 1.2, x-w, 1.2), linear(mix(tone, white, 0.25), tone.scaled(0.8), x-w*0.4, y, x+w*0.4, 1), 1)
		c.draw(polygon(x, y, x+w, 1.2, x+w*0.1, 1.2), solid(tone.scaled(0.7)), 0.8)
		snow := polygon(x, y, x+w*0.22, y+(1.2-y)*0.22, x+w*0.06, y+(1.2-y)*0.17, x-w*0.03, y+(1.2-y)*0.25, x-w*0.22, y+(1.2-y)*0.22)
		c.fill(snow, white)
	}
	peak(0.24, 0.42, 0.48, mix(rock, white, 0.25))
	peak(0.80, 0.46, 0.45, mix(rock, white, 0.15))
	peak(0.52, 0.28, 0.50, rock)
	for i := range 9 {
		x, h := float64(i)*0.13-0.03, d.between(0.10, 0.2)
		c.fill(polygon(x, 0.98-h, x+0.06, 1.02, x-0.06, 1.02), rgb{0.06, 0.20, 0.15})
	}
}

func night(c *canvas, d *dice) {
	c.fillAll(linear(rgb{0.01, 0.02, 0.07}, hex(pick(d, []uint32{0x14285A, 0x2A1650, 0x0A3A40})), 0.5, 0, 0.5, 1))
	for range 46 {
		c.draw(circle(d.float(), d.between(0, 0.8), d.between(0.003, 0.010)), solid(white), d.between(0.4, 1))
	}
	x, y := d.between(0.35, 0.65), d.between(0.28, 0.4)
	c.blur(circle(x, y, 0.16), solid(mix(amber, white, 0.6)), 0.35, 0.2)
	moon := circle(x, y, 0.15)
	if d.oneIn(2) {
		moon = moon.without(circle(x+0.075, y-0.03, 0.13))
	}
	c.fill(moon, rgb{0.98, 0.95, 0.82})
	c.fill(ellipse(d.between(0, 0.4), 1.1, 0.6, 0.3).or(ellipse(0.85, 1.15, 0.6, d.between(0.2, 0.4))), rgb{0.01, 0.02, 0.04})
}

func blossom(c *canvas, d *dice) {
	petal := hex(pick(d, []uint32{0xF6E04B, 0xFFFFFF, 0xE8447A, 0x8E5BD0, 0xF5743B, 0xE03131}))
	c.fill(stroke(0.5, 0.5, 0.46, 1.1, 0.035, 0.045), rgb{0.18, 0.45, 0.18})
	leaf := ellipse(0.60, 0.86, 0.055, 0.16).turned(0.60, 0.86, 0.45)
	c.draw(leaf, solid(rgb{0.24, 0.55, 0.22}), 1)
	n := 8 + 2*d.below(4)
	for ring, r := range []float64{0.25, 0.17} {
		tone := mix(petal, petal.scaled(0.72), float64(1-ring))
		for i := range n {
			cos, sin := pointOnCircle(i, n)
			x, y := 0.5+float64(r*cos), 0.45+float64(r*sin)
			c.draw(stroke(0.5, 0.45, x, y, 0.05, 0.13-0.03*float64(ring)), radial(tone.scaled(0.8), tone, 0.5, 0.45, 0.3), 1)
			c.draw(stroke(0.5, 0.45, x, y, 0.004, 0.010), solid(petal.scaled(0.6)), 0.5)
		}
	}
	c.draw(circle(0.5, 0.45, 0.105), radial(rgb{0.98, 0.75, 0.22}, rgb{0.55, 0.30, 0.08}, 0.48, 0.42, 0.13), 1)
}

func rings(c *canvas, d *dice) {
	x, y := d.between(0.3, 0.7), d.between(0.3, 0.7)
	for i := range 9 {
		c.fill(circle(x, y, 0.80-0.09*float64(i)), hex(pick(d, clothes)))
	}
}

// Package portrait invents the people of the demonstration: their names and their profile pictures,
// which it draws without any font, file or network. The same number gives the same person on every
// machine.
package portrait

import "image"

// Draw returns the profile picture of a made-up person, side x side pixels and opaque. The same number
// gives the same picture on every machine and at any size. Number 0 is the target of the demonstration:
// a woman in front of gold and lapis lazuli, in the style of the mosaics of Ravenna. All others are
// friends. It is safe for concurrent use.
func Draw(number, side int) *image.NRGBA {
	side = max(side, 1)
	if number == 0 {
		return renderBands(side, target)
	}
	return renderBands(side, func(c *canvas) { drawFriend(c, number) })
}

// Head tells where in the picture of a friend the head is, without hair and hat, in shares of the picture's side: its
// lower edge is the chin. One friend in six shows something else than a face, and has none.
func Head(number int) (left, top, right, bottom float64, ok bool) {
	c := &canvas{side: leastSide, camera: camera{zoom: 1}} // of no rows, so that nothing is painted
	if number != 0 {
		drawFriend(c, number)
	}
	if c.head == nil {
		return 0, 0, 0, 0, false
	}
	f := c.head
	left, top, right, bottom = c.camera.project(f.cx-f.rx, f.cy-f.ry, f.cx+f.rx, f.cy+f.ry)
	return left, top, right, bottom, true
}

// drawFriend draws one friend. Every band of rows throws the same dice.
func drawFriend(c *canvas, number int) {
	d := dice(uint64(number) * 0xD1B54A32D192ED03)
	d.next()
	pair := backdrops[number*7%len(backdrops)]
	drawBackdrop(c, &d, hex(pair[0]), hex(pair[1]))
	// One in six shows something else than a face, as people do.
	if number%6 == 5 {
		motifs[number/6%len(motifs)](c, &d)
	} else {
		f := randomFeatures(&d, number)
		c.camera = camera{x: f.cx, y: 0.52, zoom: d.between(1.02, 1.42), mirror: d.oneIn(2)}
		c.head = &f
		drawPerson(c, &d, f)
	}
	applyFilter(c, &d, number)
}

// drawBackdrop paints the background: a gradient, and perhaps something on it.
func drawBackdrop(c *canvas, d *dice, a, b rgb) {
	switch d.below(4) {
	case 0:
		c.fillAll(linear(a, b, 0.5, 0, 0.5, 1))
	case 1:
		c.fillAll(linear(a, b, 0, 0, 1, 1))
	case 2:
		c.fillAll(radial(mix(a, rgb{1, 1, 1}, 0.12), b, 0.5, 0.42, 0.75))
	case 3:
		c.fillAll(radial(a, b, d.between(0.1, 0.9), 0, 1.1))
	}
	light, dark := mix(a, rgb{1, 1, 1}, 0.35), b.scaled(0.6)
	switch d.below(9) {
	case 0: // a disc
		c.draw(circle(0.5, 0.45, d.between(0.36, 0.44)), linear(light, a, 0.5, 0, 0.5, 1), 0.8)
	case 1: // lights out of focus
		for range 9 {
			x, y, r := d.float(), d.between(0, 0.8), d.between(0.03, 0.1)
			c.draw(circle(x, y, r), solid(light), d.between(0.15, 0.45))
		}
	case 2: // hills
		c.draw(ellipse(d.between(0, 0.4), 1.0, 0.6, d.between(0.3, 0.45)), solid(mix(a, dark, 0.5)), 1)
		c.draw(ellipse(d.between(0.6, 1), 1.05, 0.7, d.between(0.3, 0.45)), solid(mix(b, dark, 0.8)), 1)
	case 3: // rays
		for i := range 5 {
			x := float64(i)*0.25 - 0.1
			c.draw(polygon(x, 0, x+0.11, 0, x-0.19, 1, x-0.3, 1), solid(light), 0.3)
		}
	case 4: // a window
		c.draw(roundedRect(0.06, 0.08, 0.36, 0.62, 0.01), linear(rgb{1, 1, 1}, light, 0, 0, 0.3, 0.6), 0.55)
		c.draw(roundedRect(0.2, 0.08, 0.22, 0.62, 0), solid(b), 0.8)
		c.draw(roundedRect(0.06, 0.33, 0.36, 0.35, 0), solid(b), 0.8)
	case 5: // leaves
		for i := range 8 {
			x, y := float64(i%4)*0.32+d.between(-0.05, 0.05), float64(i/4)*0.4+d.between(0, 0.15)
			leaf := ellipse(x, y, 0.035, 0.15).turned(x, y, d.between(-0.8, 0.8))
			c.draw(leaf, solid(mix(light, dark, d.float())), 0.55)
		}
	}
}

// applyFilter changes the colours of some pictures as a camera or a taste would, so that some tiles are very
// dark and some very light.
func applyFilter(c *canvas, d *dice, number int) {
	// In five even steps: dice might leave out the ends.
	degree := float64(number/12%5) / 4
	switch number % 12 {
	case 9: // at night: dark, blue, with a lamp at one side
		lamp := pick(d, []rgb{{1, 0.72, 0.4}, {0.45, 0.65, 1}, {1, 0.4, 0.6}, {0.5, 1, 0.8}})
		depth := lerp(0.10, 0.40, degree)
		left := d.oneIn(2)
		c.recolour(func(x, y float64, p rgb) rgb {
			if left {
				x = 1 - x
			}
			l := depth * (1 + float64(1.1*smoothstep(0.45, 1, x)))
			t := float64(0.6 * smoothstep(0.35, 1, x))
			return rgb{p.r * lerp(0.8, lamp.r, t) * l, p.g * lerp(0.88, lamp.g, t) * l, p.b * lerp(1.1, lamp.b, t) * l}
		})
	case 7: // against the light: too long exposed, and some haze
		haze := lerp(0.30, 0.74, degree)
		c.recolour(func(_, y float64, p rgb) rgb {
			p = rgb{1 - float64((1-p.r)*(1-p.r)), 1 - float64((1-p.g)*(1-p.g)), 1 - float64((1-p.b)*(1-p.b))}
			return mix(p, rgb{1, 0.99, 0.96}, haze+float64(0.2*(1-y)))
		})
	case 4: // black and white
		contrast, shift := d.between(0.9, 1.4), d.between(-0.16, 0.14)
		warm := d.oneIn(3)
		c.recolour(func(_, _ float64, p rgb) rgb {
			l := clamp(float64((p.luma()-0.45)*contrast) + 0.45 + shift)
			if warm {
				return rgb{lerp(0.10, 1, l), lerp(0.06, 0.94, l), lerp(0.03, 0.80, l)}
			}
			return rgb{l, l, l}
		})
	case 10: // two inks
		pair := duotones[number/12%len(duotones)]
		dark, light := hex(pair[0]), hex(pair[1])
		c.recolour(func(_, _ float64, p rgb) rgb { return mix(dark, light, smoothstep(0.05, 0.95, p.luma())) })
	}
}

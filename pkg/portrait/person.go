package portrait

// look is what a made-up person looks like. Lengths are in units of the picture's side.
type look struct {
	skin, hair, iris, cloth, accent rgb
	frame                           rgb     // of the glasses
	cx, cy, rx, ry, jaw             float64 // the head
	beard, glasses, headwear, style int
	clothing                        int
	open, freckles, earrings        bool
	wide                            float64 // how wide the mouth is
}

// Kinds of hair.
const (
	bald = iota
	cropped
	parted
	quiff
	curls
	afro
	bob
	long
	wavy
	bun
	ponytail
	styles
)

// Kinds of headwear.
const (
	bare = iota
	beanie
	brimmed
	scarf
	turban
	headphones
	flower
)

// Kinds of glasses.
const (
	none = iota
	round
	square
	sun
)

// Kinds of beards.
const (
	shaven = iota
	stubble
	moustache
	full
	goatee
)

// roll throws the dice for a person. Who has a woman's name does not get a beard.
func roll(d *dice, number int) look {
	l := look{
		skin: hex(pick(d, skins)), hair: hex(pick(d, hairs)), iris: hex(pick(d, irises)),
		cloth: hex(pick(d, clothes)), accent: hex(pick(d, clothes)),
		cx: d.between(0.47, 0.53), cy: d.between(0.43, 0.47), clothing: d.below(7),
		open: d.in(2), freckles: d.in(9), wide: d.between(0.055, 0.08),
	}
	if l.skin.luma() < 0.5 {
		l.hair = hex(pick(d, darkHairs))
	}
	if d.in(11) {
		l.hair = hex(pick(d, dyed))
	}
	size := d.between(0.93, 1.12)
	l.rx, l.ry, l.jaw = 0.17*size*d.between(0.95, 1.05), 0.225*size, d.between(0.12, 0.34)
	if feminine(number) {
		l.style = pick(d, []int{cropped, parted, curls, afro, bob, bob, long, long, wavy, wavy, bun, ponytail})
		l.headwear = pick(d, []int{bare, bare, bare, bare, bare, bare, beanie, brimmed, scarf, headphones, flower})
		l.earrings = d.in(2)
		l.jaw += 0.05
	} else {
		l.style = pick(d, []int{bald, cropped, cropped, parted, parted, quiff, quiff, curls, afro, bun, wavy})
		l.headwear = pick(d, []int{bare, bare, bare, bare, bare, bare, bare, beanie, brimmed, turban, headphones})
		l.beard = pick(d, []int{shaven, shaven, shaven, stubble, stubble, moustache, full, full, goatee})
	}
	l.glasses = pick(d, []int{none, none, none, none, none, round, square, sun})
	l.frame = hex(pick(d, frames))
	return l
}

func person(c *canvas, d *dice, l look) {
	head := egg(l.cx, l.cy, l.rx, l.ry, l.jaw)
	hairBehind(c, l)
	body(c, l)
	face(c, d, l, head)
	hairBefore(c, l, head)
	wear(c, l, head)
}

// complexion is the skin's colour at a point: lighter towards the upper left, redder in the shade.
func (l look) complexion(x, y float64) rgb {
	u, v := (x-l.cx)/l.rx, (y-l.cy)/l.ry
	t := step(-1.1, 1.1, float64(0.75*u)+float64(0.45*v))
	lit := mix(l.skin, rgb{1, 0.97, 0.9}, 0.16)
	shade := rgb{l.skin.r * 0.74, l.skin.g * 0.64, l.skin.b * 0.62}
	return mix(lit, shade, t)
}

func (l look) shade() rgb { return rgb{l.skin.r * 0.62, l.skin.g * 0.49, l.skin.b * 0.47} }

// body draws the neck, the shoulders and what is worn on them.
func body(c *canvas, l look) {
	x := l.cx
	shoulders := ellipse(x, 1.06, 0.40, 0.29).or(block(x-0.40, 1.02, x+0.40, 1.3, 0.02))
	light, dark := mix(l.cloth, rgb{1, 1, 1}, 0.14), l.cloth.scaled(0.68)
	neckTop, neck := l.cy+l.ry*0.55, l.rx*0.50
	skin := fade(l.shade(), l.complexion(x, l.cy), x, l.cy+l.ry*0.86, x, l.cy+l.ry*1.5)

	c.draw(shoulders, fade(light, dark, 0.2, 0.7, 0.8, 1.05), 1)
	c.draw(block(x-neck, neckTop, x+neck, 0.81, 0.02).or(ellipse(x, 0.80, neck*1.38, 0.07)), skin, 1)
	switch l.clothing {
	case 0: // a round neck
		c.draw(bow(x, 0.878, neck*1.62, -0.085, 0.030), plain(dark), 0.9)
	case 1: // a shirt with a collar
		left := polygon(x-neck*1.25, 0.76, x+0.005, 0.91, x-0.06, 0.98, x-neck*1.9, 0.83)
		c.draw(polygon(x-0.012, 0.9, x+0.012, 0.9, x+0.012, 1.1, x-0.012, 1.1), plain(dark), 0.6)
		c.draw(left.or(left.mirrored(x)), fade(mix(light, rgb{1, 1, 1}, 0.25), light, 0.4, 0.75, 0.6, 1), 1)
	case 2: // a jacket over something light
		c.draw(polygon(x-neck*1.3, 0.8, x+neck*1.3, 0.8, x, 1.2), plain(mix(l.accent, rgb{1, 1, 1}, 0.7)), 1)
		c.draw(ellipse(x, 0.80, neck*1.02, 0.055), skin, 1)
		left := polygon(x-neck*1.35, 0.765, x-neck*0.9, 0.79, x-0.01, 1.06, x-0.05, 1.1, x-0.2, 0.95)
		c.draw(left.or(left.mirrored(x)), plain(dark), 1)
	case 3: // stripes
		for y := 0.86; y < 1; y += 0.06 {
			c.draw(shoulders.and(bow(x, y, 0.45, 0.05, 0.05)), plain(l.accent), 0.85)
		}
	case 4: // a high collar
		c.draw(polygon(x-neck*1.08, 0.75, x+neck*1.08, 0.75, x+neck*1.75, 0.88, x-neck*1.75, 0.88), fade(light, dark, x-neck, 0.8, x+neck, 0.8), 1)
		c.draw(ellipse(x, 0.752, neck*1.08, 0.02), plain(dark), 1)
		c.draw(block(x-neck*0.98, 0.70, x+neck*0.98, 0.752, 0.01), skin, 1)
	case 5: // a hood
		hood := ellipse(x, 0.85, neck*2.2, 0.1).without(ellipse(x, 0.82, neck*1.3, 0.075))
		c.draw(hood, fade(light, dark, x-0.1, 0.8, x+0.1, 0.95), 1)
		c.fill(pen(x-0.05, 0.93, x-0.055, 1.02, 0.012, 0.01).or(pen(x+0.05, 0.93, x+0.055, 1.02, 0.012, 0.01)), mix(l.accent, rgb{1, 1, 1}, 0.5))
	}
}

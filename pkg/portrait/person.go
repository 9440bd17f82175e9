package portrait

// features are what a person looks like. Lengths are in units of the picture's side.
type features struct {
	skin, hair, iris, cloth, accent     rgb
	frame                               rgb     // of the glasses
	cx, cy, rx, ry, jaw                 float64 // the head
	beard, glasses, headwear, hairstyle int
	clothing                            int
	mouthOpen, freckles, earrings       bool
	mouthWidth                          float64 // how wide the mouth is
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
	hairstyles
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

// randomFeatures throws the dice for a person.
func randomFeatures(d *dice, number int) features {
	f := features{
		skin: hex(pick(d, skins)), hair: hex(pick(d, hairs)), iris: hex(pick(d, irises)),
		cloth: hex(pick(d, clothes)), accent: hex(pick(d, clothes)),
		cx: d.between(0.47, 0.53), cy: d.between(0.43, 0.47), clothing: d.below(7),
		mouthOpen: d.oneIn(2), freckles: d.oneIn(9), mouthWidth: d.between(0.055, 0.08),
	}
	if f.skin.luma() < 0.5 {
		f.hair = hex(pick(d, darkHairs))
	}
	if d.oneIn(11) {
		f.hair = hex(pick(d, dyedHairs))
	}
	size := d.between(0.93, 1.12)
	f.rx, f.ry, f.jaw = 0.17*size*d.between(0.95, 1.05), 0.225*size, d.between(0.12, 0.34)
	if feminine(number) {
		f.hairstyle = pick(d, []int{cropped, parted, curls, afro, bob, bob, long, long, wavy, wavy, bun, ponytail})
		f.headwear = pick(d, []int{bare, bare, bare, bare, bare, bare, beanie, brimmed, scarf, headphones, flower})
		f.earrings = d.oneIn(2)
		f.jaw += 0.05
	} else {
		f.hairstyle = pick(d, []int{bald, cropped, cropped, parted, parted, quiff, quiff, curls, afro, bun, wavy})
		f.headwear = pick(d, []int{bare, bare, bare, bare, bare, bare, bare, beanie, brimmed, turban, headphones})
		f.beard = pick(d, []int{shaven, shaven, shaven, stubble, stubble, moustache, full, full, goatee})
	}
	f.glasses = pick(d, []int{none, none, none, none, none, round, square, sun})
	f.frame = hex(pick(d, frames))
	return f
}

func drawPerson(c *canvas, d *dice, f features) {
	head := egg(f.cx, f.cy, f.rx, f.ry, f.jaw)
	hairBehind(c, f)
	drawBody(c, f)
	drawFace(c, d, f, head)
	hairBefore(c, f, head)
	drawHeadwear(c, f)
}

// skinColour is the skin's colour at a point: lighter towards the upper left, redder in the shade.
func (f features) skinColour(x, y float64) rgb {
	u, v := (x-f.cx)/f.rx, (y-f.cy)/f.ry
	t := smoothstep(-1.1, 1.1, float64(0.75*u)+float64(0.45*v))
	lit := mix(f.skin, rgb{1, 0.97, 0.9}, 0.16)
	shade := rgb{f.skin.r * 0.74, f.skin.g * 0.64, f.skin.b * 0.62}
	return mix(lit, shade, t)
}

func (f features) skinShadow() rgb { return rgb{f.skin.r * 0.62, f.skin.g * 0.49, f.skin.b * 0.47} }

// drawBody draws the neck, the shoulders and the clothes.
func drawBody(c *canvas, f features) {
	x := f.cx
	shoulders := ellipse(x, 1.06, 0.40, 0.29).or(roundedRect(x-0.40, 1.02, x+0.40, 1.3, 0.02))
	light, dark := mix(f.cloth, rgb{1, 1, 1}, 0.14), f.cloth.scaled(0.68)
	neckTop, neck := f.cy+f.ry*0.55, f.rx*0.50
	skin := linear(f.skinShadow(), f.skinColour(x, f.cy), x, f.cy+f.ry*0.86, x, f.cy+f.ry*1.5)

	c.draw(shoulders, linear(light, dark, 0.2, 0.7, 0.8, 1.05), 1)
	c.draw(roundedRect(x-neck, neckTop, x+neck, 0.81, 0.02).or(ellipse(x, 0.80, neck*1.38, 0.07)), skin, 1)
	switch f.clothing {
	case 0: // a round neck
		c.draw(arc(x, 0.878, neck*1.62, -0.085, 0.030), solid(dark), 0.9)
	case 1: // a shirt with a collar
		left := polygon(x-neck*1.25, 0.76, x+0.005, 0.91, x-0.06, 0.98, x-neck*1.9, 0.83)
		c.draw(polygon(x-0.012, 0.9, x+0.012, 0.9, x+0.012, 1.1, x-0.012, 1.1), solid(dark), 0.6)
		c.draw(left.or(left.mirrored(x)), linear(mix(light, rgb{1, 1, 1}, 0.25), light, 0.4, 0.75, 0.6, 1), 1)
	case 2: // a jacket over something light
		c.draw(polygon(x-neck*1.3, 0.8, x+neck*1.3, 0.8, x, 1.2), solid(mix(f.accent, rgb{1, 1, 1}, 0.7)), 1)
		c.draw(ellipse(x, 0.80, neck*1.02, 0.055), skin, 1)
		left := polygon(x-neck*1.35, 0.765, x-neck*0.9, 0.79, x-0.01, 1.06, x-0.05, 1.1, x-0.2, 0.95)
		c.draw(left.or(left.mirrored(x)), solid(dark), 1)
	case 3: // stripes
		for y := 0.86; y < 1; y += 0.06 {
			c.draw(shoulders.and(arc(x, y, 0.45, 0.05, 0.05)), solid(f.accent), 0.85)
		}
	case 4: // a high collar
		c.draw(polygon(x-neck*1.08, 0.75, x+neck*1.08, 0.75, x+neck*1.75, 0.88, x-neck*1.75, 0.88), linear(light, dark, x-neck, 0.8, x+neck, 0.8), 1)
		c.draw(ellipse(x, 0.752, neck*1.08, 0.02), solid(dark), 1)
		c.draw(roundedRect(x-neck*0.98, 0.70, x+neck*0.98, 0.752, 0.01), skin, 1)
	case 5: // a hood
		hood := ellipse(x, 0.85, neck*2.2, 0.1).without(ellipse(x, 0.82, neck*1.3, 0.075))
		c.draw(hood, linear(light, dark, x-0.1, 0.8, x+0.1, 0.95), 1)
		c.fill(stroke(x-0.05, 0.93, x-0.055, 1.02, 0.012, 0.01).or(stroke(x+0.05, 0.93, x+0.055, 1.02, 0.012, 0.01)), mix(f.accent, rgb{1, 1, 1}, 0.5))
	}
}

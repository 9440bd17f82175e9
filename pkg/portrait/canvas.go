package portrait

import (
	"image"
	"math"

	"smalti/pkg/parallel"
)

// Portraits are drawn with signed distances: a shape says how far a point is from its edge, and the edge is
// one pixel soft. So they are the same composition at any size.
//
// They are also the same bytes on every machine, since any worker may draw them. Go may fuse x*y+z into one
// instruction on some architectures, which rounds differently; an explicit conversion of products to float64
// forbids that (Go specification, "Floating-point operators") where colours and distances are computed.
// Positions may differ in the sixteenth digit, which level keeps from changing a level. For the same reason
// nothing of package math is used but what IEEE 754 defines to the last bit.

// rgb is a colour in sRGB, each part from 0 to 1.
type rgb struct{ r, g, b float64 }

// hex is a colour as designers write it.
func hex(c uint32) rgb {
	return rgb{float64(c>>16&255) / 255, float64(c>>8&255) / 255, float64(c&255) / 255}
}

// mix goes from a (t = 0) to b (t = 1).
func mix(a, b rgb, t float64) rgb {
	return rgb{lerp(a.r, b.r, t), lerp(a.g, b.g, t), lerp(a.b, b.b, t)}
}

// scaled is c made darker (f < 1) or brighter (f > 1).
func (c rgb) scaled(f float64) rgb {
	return rgb{float64(c.r * f), float64(c.g * f), float64(c.b * f)}
}

// luma is the brightness of c as the eye weighs its parts (ITU-R BT.601).
func (c rgb) luma() float64 {
	return float64(0.299*c.r) + float64(0.587*c.g) + float64(0.114*c.b)
}

func lerp(a, b, t float64) float64       { return a + float64((b-a)*t) }
func clamp(x float64) float64            { return min(max(x, 0), 1) }
func hypot(x, y float64) float64         { return math.Sqrt(float64(x*x) + float64(y*y)) }
func dot(ax, ay, bx, by float64) float64 { return float64(ax*bx) + float64(ay*by) }

// smoothstep rises smoothly from 0 at a to 1 at b.
func smoothstep(a, b, x float64) float64 {
	t := clamp((x - a) / (b - a))
	return float64(t*t) * (3 - 2*t)
}

// falloff is 1 at the centre of an ellipse and falls smoothly to 0 at its edge.
func falloff(x, y, cx, cy, rx, ry float64) float64 {
	u, v := (x-cx)/rx, (y-cy)/ry
	t := 1 - float64(u*u) - float64(v*v)
	if t <= 0 {
		return 0
	}
	return t * t
}

// paint gives the colour of a point. The picture is the square from (0,0), its upper left corner, to
// (1,1).
type paint func(x, y float64) rgb

func solid(c rgb) paint { return func(_, _ float64) rgb { return c } }

// linear is a gradient from a at (x0,y0) to b at (x1,y1).
func linear(a, b rgb, x0, y0, x1, y1 float64) paint {
	dx, dy := x1-x0, y1-y0
	length := dot(dx, dy, dx, dy)
	return func(x, y float64) rgb {
		return mix(a, b, clamp(dot(x-x0, y-y0, dx, dy)/length))
	}
}

// radial is a gradient from a at (cx,cy) to b at the distance r.
func radial(a, b rgb, cx, cy, r float64) paint {
	return func(x, y float64) rgb { return mix(a, b, smoothstep(0, r, hypot(x-cx, y-cy))) }
}

// canvas is a band of rows of a picture on which shapes are painted one over the other.
type canvas struct {
	side     int // of the whole picture, in pixels
	top, end int // the rows of this band
	pix      []rgb
	camera   camera
	head     *features // nil while nobody has been drawn
}

// camera zooms in on the point (x,y) of the scene, and may mirror it.
type camera struct {
	x, y, zoom float64
	mirror     bool
}

// project returns where a box of the scene is in the picture.
func (l camera) project(x0, y0, x1, y1 float64) (_, _, _, _ float64) {
	x0, x1 = l.x+float64((x0-l.x)*l.zoom), l.x+float64((x1-l.x)*l.zoom)
	if l.mirror {
		x0, x1 = 1-x1, 1-x0
	}
	return x0, l.y + float64((y0-l.y)*l.zoom), x1, l.y + float64((y1-l.y)*l.zoom)
}

// draw fills a shape. Strength is how much of what is below it covers, 0 to 1.
func (c *canvas) draw(s shape, p paint, strength float64) {
	c.blur(s, p, strength, 0)
}

// fill fills a shape with one colour.
func (c *canvas) fill(s shape, colour rgb) { c.draw(s, solid(colour), 1) }

// blur is draw with a soft edge of the given width, half of it outside of the shape, and at least a pixel.
func (c *canvas) blur(s shape, p paint, strength, width float64) {
	side := float64(c.side)
	width = max(width, 1/side/c.camera.zoom)
	left, upper, right, lower := c.camera.project(s.x0-width, s.y0-width, s.x1+width, s.y1+width)
	x0, x1 := pixels(left, side, 0, c.side), pixels(right, side, 0, c.side)
	y0, y1 := pixels(upper, side, c.top, c.end), pixels(lower, side, c.top, c.end)
	// From a pixel's centre to the point of the scene that is seen there.
	pitch := 1 / (side * c.camera.zoom)
	originX, originY := c.camera.x-c.camera.x/c.camera.zoom, c.camera.y-c.camera.y/c.camera.zoom
	pitchX := pitch
	if c.camera.mirror {
		pitchX, originX = -pitch, originX+1/c.camera.zoom
	}
	for j := y0; j < y1; j++ {
		y := originY + float64((float64(j)+0.5)*pitch)
		row := c.pix[(j-c.top)*c.side:][:c.side]
		for i := x0; i < x1; i++ {
			x := originX + float64((float64(i)+0.5)*pitchX)
			cover := 0.5 - s.at(x, y)/width
			if cover <= 0 {
				continue
			}
			if cover = min(cover, 1) * strength; cover == 1 {
				row[i] = p(x, y)
			} else {
				row[i] = mix(row[i], p(x, y), cover)
			}
		}
	}
}

// fillAll paints every pixel.
func (c *canvas) fillAll(p paint) {
	c.recolour(func(x, y float64, _ rgb) rgb { return p(x, y) })
}

// recolour changes the colour of every pixel.
func (c *canvas) recolour(f func(x, y float64, was rgb) rgb) {
	side := float64(c.side)
	for j := c.top; j < c.end; j++ {
		y := (float64(j) + 0.5) / side
		row := c.pix[(j-c.top)*c.side:][:c.side]
		for i := range row {
			row[i] = f((float64(i)+0.5)/side, y, row[i])
		}
	}
}

func pixels(x, side float64, low, high int) int {
	return min(max(int(math.Floor(float64(x*side)+0.5)), low), high)
}

// leastSide is the least side, in pixels, at which a scene is painted. Smaller pictures are averaged from it.
const leastSide = 64

// renderBands paints a scene on all processors, in bands of rows that fit a cache.
func renderBands(side int, scene func(*canvas)) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	block := (leastSide + side - 1) / side // pixels painted for one, in each direction
	full := side * block
	const bandPixels = 1 << 15
	rows := max(1, min(side, bandPixels/(full*block)))
	parallel.Do((side+rows-1)/rows, func() func(int) {
		pix := make([]rgb, rows*block*full)
		return func(band int) {
			top := band * rows
			end := min(top+rows, side)
			c := &canvas{side: full, top: top * block, end: end * block, camera: camera{zoom: 1}}
			c.pix = pix[:(c.end-c.top)*full]
			scene(c)
			c.writeTo(img.Pix[top*img.Stride:end*img.Stride], block)
		}
	})
	return img
}

// writeTo writes the canvas as opaque NRGBA, one pixel for each block of block x block.
func (c *canvas) writeTo(out []byte, block int) {
	share := 1 / float64(block*block)
	for j := 0; j < c.end-c.top; j += block {
		for i := 0; i < c.side; i += block {
			var sum rgb
			for y := j; y < j+block; y++ {
				for _, p := range c.pix[y*c.side+i:][:block] {
					sum = rgb{sum.r + p.r, sum.g + p.g, sum.b + p.b}
				}
			}
			out[0], out[1], out[2], out[3] = level(sum.r*share), level(sum.g*share), level(sum.b*share), 255
			out = out[4:]
		}
	}
}

// level is x as eight bits. It does not round at the exact half, where mixing two round colours often ends.
func level(x float64) uint8 { return uint8(float64(clamp(x)*255) + 0.5017) }

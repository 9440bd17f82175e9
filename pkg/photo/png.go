package photo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
)

// pngLayout is what the header of a PNG says about its rows (PNG specification, 11.2.1).
type pngLayout struct {
	width, height int
	colour        byte // its colour type
	depth         int  // bits of a sample
	channels      int
	interlaced    bool
}

// The colour types.
const (
	pngGrey      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngRGBA      = 6
)

func readLayout(ihdr []byte) (l pngLayout, ok bool) {
	if len(ihdr) != 13 {
		return l, false
	}
	l = pngLayout{
		width:      int(binary.BigEndian.Uint32(ihdr)),
		height:     int(binary.BigEndian.Uint32(ihdr[4:])),
		depth:      int(ihdr[8]),
		colour:     ihdr[9],
		channels:   map[byte]int{pngGrey: 1, pngRGB: 3, pngPalette: 1, pngGreyAlpha: 2, pngRGBA: 4}[ihdr[9]],
		interlaced: ihdr[12] == 1,
	}
	depths := []int{8, 16}
	switch l.colour {
	case pngGrey:
		depths = []int{1, 2, 4, 8, 16}
	case pngPalette:
		depths = []int{1, 2, 4, 8}
	}
	return l, l.channels > 0 && slices.Contains(depths, l.depth) && ihdr[12] <= 1 && l.width > 0 && l.height > 0
}

// pngPass is one of the reduced pictures that an interlaced PNG consists of (PNG specification, 8.2): every
// dx-th pixel of every dy-th row from x, y on. A picture that is not interlaced has a single one.
type pngPass struct{ x, y, dx, dy int }

var adam7 = []pngPass{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

func (l pngLayout) passes() []pngPass {
	if l.interlaced {
		return adam7
	}
	return []pngPass{{0, 0, 1, 1}}
}

// size is how many pixels a row of the pass has, and how many rows it has.
func (p pngPass) size(l pngLayout) (width, rows int) {
	width, rows = (l.width-p.x+p.dx-1)/p.dx, (l.height-p.y+p.dy-1)/p.dy
	if width <= 0 || rows <= 0 {
		return 0, 0
	}
	return width, rows
}

// pngFile is a PNG taken apart.
type pngFile struct {
	layout  pngLayout
	palette color.Palette // of 256 colours; nil if there is none
	clear   []byte        // tRNS: the alpha of the first colours, or the samples of the transparent one
	still   pngFrame
	frames  []pngFrame // of an animation
}

// pngFrame is the compressed rows of a picture, and where it is on the canvas.
type pngFrame struct {
	rect image.Rectangle
	data []pngData
}

type pngData struct {
	payload []byte
	chunk   pngChunk // around it
}

var errPNG = errors.New("png: damaged")

// openPNG takes a PNG apart, as leniently as browsers: no other checksums than those of the header and the rows
// count, nor does what is missing at the end.
func openPNG(data []byte) (*pngFile, error) {
	f := &pngFile{}
	animated := false
	for c := range rawChunks(data) {
		if f.layout.width == 0 && c.name != "IHDR" {
			continue
		}
		switch c.name {
		case "IHDR":
			var ok bool
			if f.layout, ok = readLayout(c.payload); !ok || !c.sound() {
				return nil, fmt.Errorf("%w: header", errPNG)
			}
			f.still.rect = image.Rect(0, 0, f.layout.width, f.layout.height)
		case "PLTE":
			f.palette = pngColours(c.payload)
		case "tRNS":
			f.clear = c.payload
		case "acTL":
			animated = len(f.still.data) == 0
		case "fcTL":
			if rect, ok := pngFrameRect(c.payload); ok && animated {
				f.frames = append(f.frames, pngFrame{rect: rect})
			}
		case "IDAT":
			f.still.data = append(f.still.data, pngData{c.payload, c})
			if len(f.frames) == 1 { // the still picture belongs to the animation, if a frame was announced before
				f.frames[0].data = f.still.data
			}
		case "fdAT":
			const number = 4
			if n := len(f.frames); n > 0 && len(c.payload) >= number {
				f.frames[n-1].data = append(f.frames[n-1].data, pngData{c.payload[number:], c})
			}
		}
	}
	if f.layout.width == 0 || len(f.still.data) == 0 || f.layout.colour == pngPalette && f.palette == nil {
		return nil, fmt.Errorf("%w: no header, colours or rows", errPNG)
	}
	return f, nil
}

// pngFrameRect is where a frame is (PNG specification, third edition, 11.3.6.2).
func pngFrameRect(fctl []byte) (rect image.Rectangle, ok bool) {
	if len(fctl) != 26 {
		return rect, false
	}
	const most = 1 << 30
	var v [4]int // width, height, x, y
	for i := range v {
		v[i] = int(binary.BigEndian.Uint32(fctl[4+4*i:]))
		ok = v[i] < most
	}
	return image.Rect(v[2], v[3], v[2]+v[0], v[3]+v[1]), ok && v[0] > 0 && v[1] > 0 && v[0] < most && v[1] < most && v[2] < most
}

// pngColours is a palette in which every index is valid; those without a colour are black.
func pngColours(plte []byte) color.Palette {
	p := make(color.Palette, 256)
	for i := range p {
		c := color.NRGBA{A: 255}
		if 3*i+3 <= len(plte) {
			c.R, c.G, c.B = plte[3*i], plte[3*i+1], plte[3*i+2]
		}
		p[i] = c
	}
	return p
}

// decodePNG decodes a PNG whose size was checked, as far as its rows go; of an animation, the first frame that is
// not blank, on its canvas.
func decodePNG(ctx context.Context, data []byte) (source, error) {
	f, err := openPNG(data)
	if err != nil {
		return source{}, err
	}
	for i, alpha := range f.clear {
		if f.palette != nil && f.layout.colour == pngPalette && i < len(f.palette) {
			c := f.palette[i].(color.NRGBA)
			c.A = alpha
			f.palette[i] = c
		}
	}
	if len(f.frames) == 0 {
		s, part, err := f.decode(ctx, f.still)
		if err == nil && part < half {
			err = &Error{Kind: Incomplete}
		}
		return s, err
	}
	a := animation{canvas: f.still.rect}
	for _, frame := range f.frames {
		if !a.more() || !frame.rect.In(a.canvas) || !a.affords(frame.rect) {
			break
		}
		s, part, err := f.decode(ctx, frame)
		if err != nil {
			a.failed(err)
			break
		}
		move(s.Image, frame.rect.Min)
		s.canvas = a.canvas
		a.add(s, part)
	}
	return a.result()
}

package jpeg

import "encoding/binary"

// colours is what the components of a picture mean.
type colours int

const (
	grey colours = iota
	rgb
	ycc // YCbCr
	cmyk
	ycck // YCbCr for the inverse of C, M and Y
)

// colours decides as libjpeg does: by the JFIF and Adobe segments, and without them by the numbers of the components.
func (p *Picture) colours() colours {
	const unspecified, ycckTransform = 0, 2
	switch len(p.parts) {
	case 1:
		return grey
	case 4:
		if p.adobe < 0 || p.adobe == unspecified {
			return cmyk
		}
		return ycck
	}
	switch {
	case p.jfif:
		return ycc
	case p.adobe >= 0:
		if p.adobe == unspecified {
			return rgb
		}
		return ycc
	}
	if p.parts[0].id == 'R' && p.parts[1].id == 'G' && p.parts[2].id == 'B' {
		return rgb
	}
	return ycc
}

// convert makes row y.
func (r *Rows) convert(row []byte, y int) {
	var lines [4][]byte
	for i := range r.p.parts {
		lines[i] = r.p.parts[i].pixels(y, r.Width, r.size)
	}
	a, b, c, d := lines[0], lines[1], lines[2], lines[3]
	switch r.kind {
	case grey:
		for x, v := range a {
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = v, v, v, 255
		}
	case rgb:
		for x, v := range a {
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = v, b[x], c[x], 255
		}
	case cmyk:
		for x, v := range a {
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = v, b[x], c[x], d[x]
		}
	case ycc:
		toRGB(row, a, b, c)
	case ycck:
		toRGB(row, a, b, c)
		for x, v := range d {
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = 255-p[0], 255-p[1], 255-p[2], v
		}
	}
}

// toRGB converts YCbCr (JFIF 1.02; ITU-T T.871, clause 7), rounding as libjpeg does.
func toRGB(row []byte, y, cb, cr []byte) {
	cb, cr, row = cb[:len(y)], cr[:len(y)], row[:4*len(y)]
	for x, l := range y {
		const half = 1 << 15
		blue, red := int32(cb[x])-128, int32(cr[x])-128
		light := int32(l)
		r := light + (91881*red+half)>>16
		g := light + (-22554*blue-46802*red+half)>>16
		b := light + (116130*blue+half)>>16
		if uint32(r|g|b) > 255 { // few pixels are
			r, g, b = int32(level(r)), int32(level(g)), int32(level(b))
		}
		binary.LittleEndian.PutUint32(row[4*x:], uint32(r)|uint32(g)<<8|uint32(b)<<16|255<<24)
	}
}

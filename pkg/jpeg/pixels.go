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

// A pixel on its way from YCbCr to RGB is one word: red from bit 32 on, blue from bit 48 on, and green from bit 16 on, with
// a fraction below. Each has ten bits and is raised by 256, so that those from 0 to 255 have the same two highest bits.
const (
	luma    = 1<<16 | 1<<32 | 1<<48 // times a level of luma
	raised  = 256 * luma
	highest = 3 * raised
)

// ofBlue and ofRed are what levels of Cb and Cr add (JFIF 1.02; ITU-T T.871, clause 7), rounded as in libjpeg.
var ofBlue, ofRed = func() (blue, red [256]uint64) {
	const half = 1 << 15
	for i := range blue {
		v := int64(i) - 128
		blue[i] = uint64(raised + half - 22554*v + (116130*v+half)>>16<<48)
		red[i] = uint64(-46802*v + (91881*v+half)>>16<<32)
	}
	return blue, red
}()

// toRGB converts YCbCr.
func toRGB(row []byte, y, cb, cr []byte) {
	const some = 16
	for ; len(y) >= some; y, cb, cr, row = y[some:], cb[some:], cr[some:], row[4*some:] {
		someToRGB((*[4 * some]byte)(row), (*[some]byte)(y), (*[some]byte)(cb), (*[some]byte)(cr))
	}
	if len(y) > 0 {
		var rest [3][some]byte
		var out [4 * some]byte
		copy(rest[0][:], y)
		copy(rest[1][:], cb)
		copy(rest[2][:], cr)
		someToRGB(&out, &rest[0], &rest[1], &rest[2])
		copy(row, out[:4*len(y)])
	}
}

func someToRGB(row *[64]byte, y, cb, cr *[16]byte) {
	blue, red, alpha := &ofBlue, &ofRed, opaque
	beyond := uint64(0)
	for x, l := range y {
		v := uint64(l)*luma + blue[cb[x]] + red[cr[x]]
		beyond |= v ^ raised
		binary.LittleEndian.PutUint32(row[4*x:4*x+4], uint32(v>>32)&0xFF00FF|uint32(v>>8)&0xFF00|alpha)
	}
	if beyond&highest == 0 {
		return
	}
	for x, l := range y { // some are beyond 0 to 255
		v := uint64(l)*luma + blue[cb[x]] + red[cr[x]]
		row[4*x], row[4*x+1], row[4*x+2] = clamped(v>>32), clamped(v>>16), clamped(v>>48)
	}
}

// opaque is no constant, because the compiler would write its byte apart from the others.
var opaque uint32 = 255 << 24

// clamped is the level of a colour from its lowest ten bits.
func clamped(v uint64) byte { return level(int32(v&1023) - 256) }

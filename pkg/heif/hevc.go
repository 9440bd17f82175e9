package heif

import "bytes"

// hevcColours are those of the sequence parameters in a decoder configuration (ISO/IEC 14496-15, 8.3.3.1).
// What they do not say is of limited range.
func hevcColours(hvcC []byte) Colours {
	const head, parameters = 22, 33
	c := cursor{b: hvcC[head:]}
	for range c.uint(1) {
		kind := c.uint(1) & 0x3F
		for range c.uint(2) {
			unit := c.take(int(c.uint(2)))
			if kind == parameters && len(unit) > 2 {
				return spsColours(unit[2:])
			}
		}
	}
	return Colours{}
}

// bits reads a payload from which the bytes against false start codes were removed (H.265, 7.4.2).
type bits struct {
	b  []byte
	at int
}

func (r *bits) u(n int) (v uint32) {
	for range n {
		v <<= 1
		if i := r.at / 8; i < len(r.b) {
			v |= uint32(r.b[i]>>(7-r.at%8)) & 1
		}
		r.at++
	}
	return v
}

func (r *bits) flag() bool { return r.u(1) == 1 }

func (r *bits) ended() bool { return r.at > 8*len(r.b) }

// ue is an Exp-Golomb code (9.2).
func (r *bits) ue() uint32 {
	zeros := 0
	for zeros < 32 && !r.flag() {
		zeros++
	}
	return uint32(1<<zeros-1) + r.u(zeros)
}

// spsColours reads sequence parameters (7.3.2.2) up to the usability information (E.2.1).
func spsColours(sps []byte) Colours {
	r := &bits{b: bytes.ReplaceAll(sps, []byte{0, 0, 3}, []byte{0, 0})}
	r.u(4)
	layers := int(r.u(3))
	r.u(1)
	r.profileTierLevel(layers)
	r.ue()
	if r.ue() == 3 { // chroma_format_idc
		r.u(1)
	}
	r.ue()
	r.ue()
	if r.flag() { // conformance window
		for range 4 {
			r.ue()
		}
	}
	r.ue()
	r.ue()
	order := r.ue() // log2_max_pic_order_cnt_lsb_minus4
	from := layers
	if r.flag() {
		from = 0
	}
	for ; from <= layers; from++ {
		r.ue()
		r.ue()
		r.ue()
	}
	for range 6 {
		r.ue()
	}
	if lists := r.flag(); lists && r.flag() { // scaling lists of its own
		r.scalingLists()
	}
	r.u(2)
	if r.flag() { // pcm
		r.u(8)
		r.ue()
		r.ue()
		r.u(1)
	}
	if r.ue() != 0 { // reference pictures, which stills do not have
		return Colours{}
	}
	if r.flag() { // long-term
		for range min(r.ue(), 33) {
			r.u(int(order) + 5)
		}
	}
	r.u(2)
	if r.ended() || !r.flag() {
		return Colours{}
	}
	return r.usability()
}

func (r *bits) profileTierLevel(layers int) {
	r.u(88)
	r.u(8)
	var profile, level [8]bool
	for i := range layers {
		profile[i], level[i] = r.flag(), r.flag()
	}
	if layers > 0 {
		r.u(2 * (8 - layers))
	}
	for i := range layers {
		if profile[i] {
			r.u(88)
		}
		if level[i] {
			r.u(8)
		}
	}
}

// scalingLists are those of 7.3.4.
func (r *bits) scalingLists() {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for matrix := 0; matrix < 6; matrix += step {
			if !r.flag() {
				r.ue()
				continue
			}
			if size > 1 {
				r.ue()
			}
			for range min(64, 1<<(4+2*size)) {
				r.ue()
			}
		}
	}
}

func (r *bits) usability() Colours {
	c := Colours{Known: true, Primaries: 2, Transfer: 2, Matrix: 2}
	if r.flag() && r.u(8) == 255 { // aspect ratio
		r.u(32)
	}
	if r.flag() { // overscan
		r.u(1)
	}
	if r.flag() { // video signal
		r.u(3)
		c.FullRange = r.flag()
		if r.flag() {
			c.Primaries, c.Transfer, c.Matrix = int(r.u(8)), int(r.u(8)), int(r.u(8))
		}
	}
	return c
}

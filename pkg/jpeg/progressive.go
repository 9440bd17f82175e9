package jpeg

import mathbits "math/bits"

// take returns the next n bits, at most 16 of them.
func (b *bits) take(n uint) uint32 {
	if b.n < 32 {
		b.acc, b.n = b.fill(b.acc, b.n)
	}
	v := uint32(b.acc >> 32 >> (32 - n))
	b.acc <<= n
	b.n -= n
	return v
}

// symbol decodes the next code of a table, without the bits of a value. An entry of the table that includes them
// is longer than its code, which is what keeps it from being used here.
func (b *bits) symbol(h *huffman) (run int, size uint) {
	if b.n < 32 {
		b.acc, b.n = b.fill(b.acc, b.n)
	}
	e := h.fast[b.acc>>(64-fastBits)]
	if e == 0 {
		e = h.long(b.acc)
	}
	run, size = int(e)>>8&15, uint(e)>>12&15
	length := uint(e) & 63
	if v := e >> 16; v != 0 {
		size = uint(mathbits.Len32(uint32(max(v, -v))))
		length -= size
	}
	b.acc <<= length
	b.n -= length
	return run, size
}

// value is the one with so many bits.
func (b *bits) value(size uint) int {
	if size == 0 {
		return 0
	}
	if b.n < 32 {
		b.acc, b.n = b.fill(b.acc, b.n)
	}
	v := extend(b.acc, size)
	b.acc <<= size
	b.n -= size
	return int(v)
}

// set keeps a coefficient.
func (c *component) set(block, k int, v int) {
	c.known[block] |= 1 << k
	if s := c.slot[k]; s >= 0 {
		c.kept[block*c.nx*c.ny+int(s)] = int16(v)
	}
}

// setDC keeps the first coefficient, which may be 0.
func (c *component) setDC(block, v int) {
	c.kept[block*c.nx*c.ny] = int16(v)
	c.known[block] = c.known[block]&^1 | 1
}

// acFirst decodes the first bits of some coefficients of a block (G.1.2.2). skip counts the blocks without any that
// follow, and it is returned anew.
func (b *bits) acFirst(p *scanPart, s *scan, block int) (skip int) {
	acc, n, table := b.acc, b.n, p.acTable
	kept := p.kept[block*p.nx*p.ny:][:p.nx*p.ny]
	known := p.known[block]
	for k := s.ss; k <= s.se; k++ {
		if n < 32 {
			acc, n = b.fill(acc, n)
		}
		e := table.fast[acc>>(64-fastBits)]
		if e == 0 {
			e = table.long(acc)
		}
		acc <<= uint(e) & 63
		n -= uint(e) & 63
		run, v := int(e)>>8&15, e>>16
		if v == 0 {
			size := uint(e) >> 12 & 15
			if size == 0 && run != 15 {
				skip = 1<<run - 1 + int(acc>>32>>(32-run))
				acc <<= run
				n -= uint(run)
				break
			}
			if size == 0 {
				k += 15
				continue
			}
			v = extend(acc, size)
			acc <<= size
			n -= size
		}
		if k += run; k < 64 {
			known |= 1 << k
			if at := p.slot[k]; at >= 0 {
				kept[at] = int16(v << s.al)
			}
		}
	}
	b.acc, b.n = acc, n
	p.known[block] = known
	return skip
}

// acRefine decodes one more bit of some coefficients (G.1.2.3). skip is as for acFirst.
func (b *bits) acRefine(p *scanPart, s *scan, block, skip int) int {
	k, in := s.ss, uint64(1)<<s.se<<1-1
	known := p.known[block]
	for skip == 0 && k <= s.se {
		run, v := b.refined(p.acTable)
		if v == 0 && run != 15 {
			skip = 1<<run + int(b.take(uint(run)))
			break
		}
		// Over the run of zeros, the coefficients between them are corrected.
		unknown := ^known >> k << k & in
		for ; run > 0 && unknown != 0; run-- {
			unknown &= unknown - 1
		}
		end := s.se + 1
		if unknown != 0 {
			end = mathbits.TrailingZeros64(unknown)
		}
		b.correctAll(p.component, block, known>>k<<k&(1<<end-1), s.al)
		k = end
		if v != 0 && k < 64 {
			known |= 1 << k
			if at := p.slot[k]; at >= 0 {
				p.kept[block*p.nx*p.ny+int(at)] = int16(v << s.al)
			}
		}
		k++
	}
	p.known[block] = known
	if skip == 0 {
		return 0
	}
	b.correctAll(p.component, block, known>>k<<k&in, s.al)
	return skip - 1
}

// refined decodes a code of acRefine: a run of zeros, and the coefficient behind them, which is 1 or -1 or, as 0, none.
func (b *bits) refined(h *huffman) (run int, v int32) {
	if b.n < 32 {
		b.acc, b.n = b.fill(b.acc, b.n)
	}
	e := h.fast[b.acc>>(64-fastBits)]
	if e == 0 {
		e = h.long(b.acc)
	}
	run, v = int(e)>>8&15, e>>16
	size, length := uint(e)>>12&15, uint(e)&63
	switch {
	case v > 1 || v < -1: // damaged: libjpeg takes one bit, whatever the size
		length -= uint(mathbits.Len32(uint32(max(v, -v)))) - 1
		v = 1 - 2*int32(^b.acc>>(64-length)&1)
	case v == 0 && size != 0:
		length++
		v = 1 - 2*int32(^b.acc>>(64-length)&1)
	}
	b.acc <<= length
	b.n -= length
	return run, v
}

// correctAll corrects the coefficients of a mask by a bit each, away from 0 (G.1.2.3). At most 32 bits are read at once.
func (b *bits) correctAll(c *component, block int, mask uint64, al int) {
	if mask == 0 {
		return
	}
	kept := c.kept[block*c.nx*c.ny:][:c.nx*c.ny]
	acc, n := b.acc, b.n
	for mask != 0 {
		if n < 32 {
			acc, n = b.fill(acc, n)
		}
		some := min(mathbits.OnesCount64(mask), 32)
		n -= uint(some)
		for ; some > 0; some-- {
			if at := c.slot[mathbits.TrailingZeros64(mask)&63]; at >= 0 {
				kept[at] += correction(kept[at], int16(acc>>63), al)
			}
			acc <<= 1
			mask &= mask - 1
		}
	}
	b.acc, b.n = acc, n
}

// correction is what a bit adds to a coefficient that is not 0: as much as it stands for, away from 0. One that has this
// bit already is damaged. Bits come by chance, so that a branch would be mispredicted.
func correction(v, bit int16, al int) int16 {
	sign := v >> 15
	return (1<<al ^ sign - sign) & -(bit &^ (v >> al))
}

// acFirst is that of bits with arithmetic coding (G.1.3.2). It is false for damaged data.
func (d *arithmetic) acFirst(p *scanPart, s *scan, c *conditioning, block int) bool {
	bins := &d.ac[p.ta]
	for k := s.ss; k <= s.se; k++ {
		if d.bit(&bins[3*(k-1)]) {
			break
		}
		for !d.bit(&bins[3*(k-1)+1]) {
			if k++; k > s.se {
				return false
			}
		}
		v := d.acValue(p.ta, k, c)
		if v == 0 {
			return false
		}
		p.set(block, k, v<<s.al)
	}
	return true
}

// acRefine is that of bits with arithmetic coding (G.1.3.3).
func (d *arithmetic) acRefine(p *scanPart, s *scan, block int) bool {
	bins := &d.ac[p.ta]
	known := p.known[block] & (1<<s.se<<1 - 1) &^ 1
	end := mathbits.Len64(known) - 1 // of the scans before
	for k := s.ss; k <= s.se; k++ {
		if k > end && d.bit(&bins[3*(k-1)]) {
			break
		}
		for {
			if known>>k&1 != 0 {
				if slot := p.slot[k]; d.bit(&bins[3*(k-1)+2]) && slot >= 0 {
					v := &p.kept[block*p.nx*p.ny+int(slot)]
					*v += correction(*v, 1, s.al)
				}
				break
			}
			if d.bit(&bins[3*(k-1)+1]) {
				v := 1 << s.al
				if d.bit(&d.fixed) {
					v = -v
				}
				p.set(block, k, v)
				break
			}
			if k++; k > s.se {
				return false
			}
		}
	}
	return true
}

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

// correctAll corrects the coefficients of a mask by a bit each, at most 32 of which are read at once.
func (b *bits) correctAll(c *component, block int, mask uint64, al int) {
	if mask == 0 {
		return
	}
	kept := c.kept[block*c.nx*c.ny:][:c.nx*c.ny]
	for mask != 0 {
		if b.n < 32 {
			b.acc, b.n = b.fill(b.acc, b.n)
		}
		acc, n := b.acc, min(uint(mathbits.OnesCount64(mask)), 32)
		b.acc <<= n
		b.n -= n
		for ; n > 0; n-- {
			if s := c.slot[mathbits.TrailingZeros64(mask)&63]; int64(acc) < 0 && s >= 0 {
				correct(&kept[s], al)
			}
			acc <<= 1
			mask &= mask - 1
		}
	}
}

// correct adds a bit to a coefficient that is not 0, away from it (ITU-T T.81, G.1.2.3).
func correct(v *int16, al int) {
	switch one := int16(1) << al; {
	case *v&one != 0: // damaged
	case *v < 0:
		*v -= one
	default:
		*v += one
	}
}

// acFirst decodes the first bits of some coefficients of a block (G.1.2.2). skip counts the blocks without any that
// follow, and it is returned anew.
func (b *bits) acFirst(p *scanPart, s *scan, block int) (skip int) {
	for k := s.ss; k <= s.se; k++ {
		run, size := b.symbol(p.acTable)
		if size == 0 {
			if run != 15 {
				return 1<<run - 1 + int(b.take(uint(run)))
			}
			k += 15
			continue
		}
		k += run
		v := b.value(size) << s.al
		if k < 64 {
			p.set(block, k, v)
		}
	}
	return 0
}

// acRefine decodes one more bit of some coefficients (G.1.2.3). skip is as for acFirst.
func (b *bits) acRefine(p *scanPart, s *scan, block, skip int) int {
	k, in := s.ss, uint64(1)<<s.se<<1-1
	for skip == 0 && k <= s.se {
		run, size := b.symbol(p.acTable)
		v := 0
		if size == 0 {
			if run != 15 {
				skip = 1<<run + int(b.take(uint(run)))
				break
			}
		} else if v = -1 << s.al; b.take(1) != 0 {
			v = 1 << s.al
		}
		// Over the run of zeros, the coefficients between them are corrected.
		unknown := ^p.known[block] >> k << k & in
		for ; run > 0 && unknown != 0; run-- {
			unknown &= unknown - 1
		}
		end := s.se + 1
		if unknown != 0 {
			end = mathbits.TrailingZeros64(unknown)
		}
		b.correctAll(p.component, block, p.known[block]>>k<<k&(1<<end-1), s.al)
		k = end
		if v != 0 && k < 64 {
			p.set(block, k, v)
		}
		k++
	}
	if skip == 0 {
		return 0
	}
	b.correctAll(p.component, block, p.known[block]>>k<<k&in, s.al)
	return skip - 1
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
					correct(&p.kept[block*p.nx*p.ny+int(slot)], s.al)
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

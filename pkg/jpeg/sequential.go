package jpeg

import mathbits "math/bits"

// block decodes a Huffman coded block (ITU-T T.81, F.2.2) into coefficients in natural order, of which those above
// limit may be left out. steps are what to multiply them by. It returns the last one that it stored, in zigzag order.
func (b *bits) block(p *scanPart, coefs *[64]int32, steps *[64]int32, limit int) int {
	acc, n := b.acc, b.n
	if n < 32 {
		acc, n = b.fill(acc, n)
	}
	e := p.dcTable.fast[acc>>(64-fastBits)]
	if e == 0 {
		e = p.dcTable.long(acc)
	}
	acc <<= uint(e) & 63
	n -= uint(e) & 63
	if v := e >> 16; v != 0 {
		p.previous += int(v)
	} else if size := uint(e) >> 12 & 15; size != 0 {
		p.previous += int(extend(acc, size))
		acc <<= size
		n -= size
	}
	coefs[0] = int32(int16(p.previous)) * steps[0]
	table, last := p.acTable, 0
	k := 1
	for k <= limit {
		if n < 32 {
			acc, n = b.fill(acc, n)
		}
		e := table.fast[acc>>(64-fastBits)]
		if e == 0 {
			e = table.long(acc)
		}
		acc <<= uint(e) & 63
		n -= uint(e) & 63
		k += int(e) >> 8 & 15
		if v := e >> 16; v != 0 {
			at := zigzag[k] & 63
			coefs[at] = v * steps[at]
			last = k
			k++
			continue
		}
		size := uint(e) >> 12 & 15
		if size == 0 {
			if e>>8&15 != 15 {
				b.acc, b.n = acc, n
				return last
			}
			k++
			continue
		}
		at := zigzag[k] & 63
		coefs[at] = extend(acc, size) * steps[at]
		acc <<= size
		n -= size
		last = k
		k++
	}
	for k < 64 {
		if n < 32 {
			acc, n = b.fill(acc, n)
		}
		e := table.fast[acc>>(64-fastBits)]
		if e == 0 {
			e = table.long(acc)
		}
		run, more := int(e)>>8&15, uint(e)>>12&15
		acc <<= uint(e)&63 + more
		n -= uint(e)&63 + more
		if e>>12 == 0 && run != 15 {
			break
		}
		k += run + 1
	}
	b.acc, b.n = acc, n
	return last
}

// block decodes an arithmetically coded block (F.2.4) as that of bits does. ok is false for damaged data.
func (d *arithmetic) block(p *scanPart, c *conditioning, coefs *[64]int32, steps *[64]int32) (last int, ok bool) {
	diff, ok := d.dcDifference(p, c)
	if !ok {
		return 0, false
	}
	p.previous += diff
	coefs[0] = int32(int16(p.previous)) * steps[0]
	bins := &d.ac[p.ta]
	for k := 1; k < 64; k++ {
		if d.bit(&bins[3*(k-1)]) {
			break
		}
		for !d.bit(&bins[3*(k-1)+1]) {
			if k++; k > 63 {
				return last, false
			}
		}
		v := d.acValue(p.ta, k, c)
		if v == 0 {
			return last, false
		}
		at := zigzag[k]
		coefs[at] = int32(int16(v)) * steps[at]
		last = k
	}
	return last, true
}

// ones leave coefficients as they are.
var ones = func() (t [64]int32) {
	for i := range t {
		t[i] = 1
	}
	return t
}()

// store keeps a block of a picture of several sequential scans.
func (c *component) store(block int, coefs *[64]int32, last int) {
	n := c.nx * c.ny
	kept := c.kept[block*n:][:n]
	var known uint64
	for k := 0; k <= min(last, 63); k++ {
		v := coefs[zigzag[k]]
		if v == 0 {
			continue
		}
		known |= 1 << k
		if s := c.slot[k]; s >= 0 {
			kept[s] = int16(v)
		}
	}
	c.known[block] = known
}

// load gets a block that was kept, and the last of its coefficients, in zigzag order.
func (c *component) load(block int, coefs *[64]int32) (last int) {
	n := c.nx * c.ny
	kept := c.kept[block*n:][:n]
	for m := c.known[block]; m != 0; m &= m - 1 {
		k := mathbits.TrailingZeros64(m)
		if s := c.slot[k]; s >= 0 {
			at := zigzag[k]
			coefs[at] = int32(kept[s]) * c.steps[at]
			last = k
		}
	}
	return last
}

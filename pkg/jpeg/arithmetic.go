package jpeg

// conditioning has the parameters that a DAC segment sets, by table (ITU-T T.81, B.2.4.3).
type conditioning struct {
	lower, upper [4]uint8 // of DC
	k            [4]uint8 // of AC
}

var defaultConditioning = conditioning{upper: [4]uint8{1, 1, 1, 1}, k: [4]uint8{5, 5, 5, 5}}

func (c *conditioning) read(b []byte) error {
	for ; len(b) >= 2; b = b[2:] {
		class, id, v := b[0]>>4, b[0]&15, b[1]
		switch {
		case class > 1 || id > 3:
			return FormatError("bad number of arithmetic conditioning")
		case class == 1:
			c.k[id] = v
		case v&15 > v>>4:
			return FormatError("bad arithmetic conditioning")
		default:
			c.lower[id], c.upper[id] = v&15, v>>4
		}
	}
	if len(b) > 0 {
		return FormatError("arithmetic conditioning of wrong length")
	}
	return nil
}

// statistics are the bins of an arithmetic decoder (F.1.4.4): in each, an index into estimates and in the highest bit
// the symbol that is more probable.
type statistics struct {
	dc    [4][64]uint8
	ac    [4][256]uint8
	fixed uint8 // of symbols that are as probable as not
}

func (s *statistics) reset() { *s = statistics{fixed: 113} }

// arithmetic is the decoder of annex D.2.
type arithmetic struct {
	in   *bits
	a, c uint32
	ct   int
	statistics
}

func (d *arithmetic) reset() {
	d.statistics.reset()
	d.a, d.c, d.ct = 0x10000, 0, 0
	d.c = d.byte() << 24
	d.c |= d.byte() << 16
}

func (d *arithmetic) byte() uint32 {
	b := d.in
	if b.n < 8 {
		b.acc, b.n = b.fill(b.acc, b.n)
	}
	v := uint32(b.acc >> 56)
	b.acc <<= 8
	b.n -= 8
	return v
}

// bit decodes a symbol (figures D.16 to D.20).
func (d *arithmetic) bit(bin *uint8) bool {
	e := &estimates[*bin&127]
	symbol := *bin >> 7
	d.a -= e.size
	if d.c>>16 < d.a {
		if d.a >= 0x8000 {
			return symbol != 0
		}
		if d.a < e.size {
			symbol = d.less(bin, e)
		} else {
			*bin = symbol<<7 | e.more
		}
	} else {
		d.c -= d.a << 16
		if d.a < e.size {
			*bin = symbol<<7 | e.more
		} else {
			symbol = d.less(bin, e)
		}
		d.a = e.size
	}
	for {
		if d.ct == 0 {
			d.c += d.byte() << 8
			d.ct = 8
		}
		d.a <<= 1
		d.c <<= 1
		d.ct--
		if d.a >= 0x8000 {
			return symbol != 0
		}
	}
}

// less updates a bin for its less probable symbol, and returns that.
func (d *arithmetic) less(bin *uint8, e *estimate) uint8 {
	symbol := *bin >> 7
	*bin = (symbol^e.swap)<<7 | e.less
	return symbol ^ 1
}

// dcDifference decodes the difference of a DC coefficient (F.1.4.4.1). ok is false for damaged data.
func (d *arithmetic) dcDifference(p *scanPart, c *conditioning) (v int, ok bool) {
	bins := &d.dc[p.td]
	at := p.context
	if !d.bit(&bins[at]) {
		p.context = 0
		return 0, true
	}
	negative := d.bit(&bins[at+1])
	sign := 0
	if negative {
		sign = 1
	}
	at += 2 + sign
	m := 0
	if d.bit(&bins[at]) {
		m = 1
		for at = 20; d.bit(&bins[at]); at++ {
			if m <<= 1; m == 0x8000 {
				return 0, false
			}
		}
	}
	switch {
	case m < 1<<c.lower[p.td]>>1:
		p.context = 0
	case m > 1<<c.upper[p.td]>>1:
		p.context = 12 + 4*sign
	default:
		p.context = 4 + 4*sign
	}
	return d.value(bins[:], at+14, m, negative), true
}

// value decodes the lower bits of a magnitude (figure F.24).
func (d *arithmetic) value(bins []uint8, at, m int, negative bool) int {
	v := m
	for m >>= 1; m > 0; m >>= 1 {
		if d.bit(&bins[at]) {
			v |= m
		}
	}
	if negative {
		return -(v + 1)
	}
	return v + 1
}

// acValue decodes the sign and the magnitude of coefficient k (figures F.21 to F.24). It is 0 for damaged data.
func (d *arithmetic) acValue(table uint8, k int, c *conditioning) int {
	bins := &d.ac[table]
	at := 3*(k-1) + 2
	negative := d.bit(&d.fixed)
	m := 0
	if d.bit(&bins[at]) {
		m = 1
		if d.bit(&bins[at]) {
			m = 2
			at = 217
			if k <= int(c.k[table]) {
				at = 189
			}
			for d.bit(&bins[at]) {
				at++
				if m <<= 1; m == 0x8000 {
					return 0
				}
			}
		}
	}
	return d.value(bins[:], at+14, m, negative)
}

type estimate struct {
	size             uint32 // Qe
	less, more, swap uint8
}

// estimates is table D.3, and behind it the even estimate of bins that are fixed.
var estimates = [128]estimate{
	{0x5a1d, 1, 1, 1}, {0x2586, 14, 2, 0}, {0x1114, 16, 3, 0}, {0x080b, 18, 4, 0}, {0x03d8, 20, 5, 0}, {0x01da, 23, 6, 0},
	{0x00e5, 25, 7, 0}, {0x006f, 28, 8, 0}, {0x0036, 30, 9, 0}, {0x001a, 33, 10, 0}, {0x000d, 35, 11, 0}, {0x0006, 9, 12, 0},
	{0x0003, 10, 13, 0}, {0x0001, 12, 13, 0}, {0x5a7f, 15, 15, 1}, {0x3f25, 36, 16, 0}, {0x2cf2, 38, 17, 0}, {0x207c, 39, 18, 0},
	{0x17b9, 40, 19, 0}, {0x1182, 42, 20, 0}, {0x0cef, 43, 21, 0}, {0x09a1, 45, 22, 0}, {0x072f, 46, 23, 0}, {0x055c, 48, 24, 0},
	{0x0406, 49, 25, 0}, {0x0303, 51, 26, 0}, {0x0240, 52, 27, 0}, {0x01b1, 54, 28, 0}, {0x0144, 56, 29, 0}, {0x00f5, 57, 30, 0},
	{0x00b7, 59, 31, 0}, {0x008a, 60, 32, 0}, {0x0068, 62, 33, 0}, {0x004e, 63, 34, 0}, {0x003b, 32, 35, 0}, {0x002c, 33, 9, 0},
	{0x5ae1, 37, 37, 1}, {0x484c, 64, 38, 0}, {0x3a0d, 65, 39, 0}, {0x2ef1, 67, 40, 0}, {0x261f, 68, 41, 0}, {0x1f33, 69, 42, 0},
	{0x19a8, 70, 43, 0}, {0x1518, 72, 44, 0}, {0x1177, 73, 45, 0}, {0x0e74, 74, 46, 0}, {0x0bfb, 75, 47, 0}, {0x09f8, 77, 48, 0},
	{0x0861, 78, 49, 0}, {0x0706, 79, 50, 0}, {0x05cd, 48, 51, 0}, {0x04de, 50, 52, 0}, {0x040f, 50, 53, 0}, {0x0363, 51, 54, 0},
	{0x02d4, 52, 55, 0}, {0x025c, 53, 56, 0}, {0x01f8, 54, 57, 0}, {0x01a4, 55, 58, 0}, {0x0160, 56, 59, 0}, {0x0125, 57, 60, 0},
	{0x00f6, 58, 61, 0}, {0x00cb, 59, 62, 0}, {0x00ab, 61, 63, 0}, {0x008f, 61, 32, 0}, {0x5b12, 65, 65, 1}, {0x4d04, 80, 66, 0},
	{0x412c, 81, 67, 0}, {0x37d8, 82, 68, 0}, {0x2fe8, 83, 69, 0}, {0x293c, 84, 70, 0}, {0x2379, 86, 71, 0}, {0x1edf, 87, 72, 0},
	{0x1aa9, 87, 73, 0}, {0x174e, 72, 74, 0}, {0x1424, 72, 75, 0}, {0x119c, 74, 76, 0}, {0x0f6b, 74, 77, 0}, {0x0d51, 75, 78, 0},
	{0x0bb6, 77, 79, 0}, {0x0a40, 77, 48, 0}, {0x5832, 80, 81, 1}, {0x4d1c, 88, 82, 0}, {0x438e, 89, 83, 0}, {0x3bdd, 90, 84, 0},
	{0x34ee, 91, 85, 0}, {0x2eae, 92, 86, 0}, {0x299a, 93, 87, 0}, {0x2516, 86, 71, 0}, {0x5570, 88, 89, 1}, {0x4ca9, 95, 90, 0},
	{0x44d9, 96, 91, 0}, {0x3e22, 97, 92, 0}, {0x3824, 99, 93, 0}, {0x32b4, 99, 94, 0}, {0x2e17, 93, 86, 0}, {0x56a8, 95, 96, 1},
	{0x4f46, 101, 97, 0}, {0x47e5, 102, 98, 0}, {0x41cf, 103, 99, 0}, {0x3c3d, 104, 100, 0}, {0x375e, 99, 93, 0}, {0x5231, 105, 102, 0},
	{0x4c0f, 106, 103, 0}, {0x4639, 107, 104, 0}, {0x415e, 103, 99, 0}, {0x5627, 105, 106, 1}, {0x50e7, 108, 107, 0}, {0x4b85, 109, 103, 0},
	{0x5597, 110, 109, 0}, {0x504f, 111, 107, 0}, {0x5a10, 110, 111, 1}, {0x5522, 112, 109, 0}, {0x59eb, 112, 111, 1}, {0x5a1d, 113, 113, 0},
}

package jpeg

// entropy decodes the blocks of a scan, whatever its coding.
type entropy struct {
	arithmetic

	s            *scan
	conditioning *conditioning
	coded        bool // arithmetically
	toGo         int  // units before the next restart
	number       int  // of that restart, 0 to 7
	skip         int  // blocks without coefficients that follow
	lost         bool // up to the next restart: all blocks are empty
	ahead        uint // bits that must be left behind a unit where the file ends
}

func (e *entropy) begin(s *scan, c *conditioning, coded bool) {
	e.s, e.conditioning, e.coded = s, c, coded
	e.number, e.toGo = 0, s.interval
	e.reset()
}

// reset begins an interval.
func (e *entropy) reset() {
	e.skip, e.lost = 0, false
	for i := range e.s.parts {
		e.s.parts[i].previous, e.s.parts[i].context = 0, 0
	}
	if e.coded {
		e.arithmetic.reset()
	}
}

// restart goes to the next interval when one is over. It is called before each unit, and false where the file ended.
func (e *entropy) restart() bool {
	if e.s.interval == 0 {
		return true
	}
	if e.toGo == 0 {
		lost := e.lost
		e.in.restart(e.number)
		if e.in.ended && !e.in.marker {
			return false
		}
		e.reset()
		e.lost = lost && e.in.ended
		e.number, e.toGo = (e.number+1)&7, e.s.interval
	}
	e.toGo--
	return true
}

// end is called after each unit, and is false where the file ended.
func (e *entropy) end() bool {
	if e.in.pad == 0 {
		return true
	}
	if e.in.cut(e.ahead) {
		return false
	}
	e.lost = e.lost || e.in.lost() && !e.coded // arithmetic data may leave out zeros at its end
	return true
}

// block decodes a block of a sequential scan.
func (e *entropy) block(p *scanPart, coefs, steps *[64]int32) (last int) {
	switch {
	case e.lost:
		return 0
	case e.coded:
		last, ok := e.arithmetic.block(p, e.conditioning, coefs, steps)
		e.lost = !ok
		return last
	}
	return e.in.block(p, coefs, steps, p.limit)
}

// progress decodes what a progressive scan has of a block.
func (e *entropy) progress(p *scanPart, block int) {
	s := e.s
	switch {
	case e.lost:
	case s.ss == 0 && s.ah == 0:
		if e.coded {
			diff, ok := e.dcDifference(p, e.conditioning)
			p.previous += diff
			e.lost = !ok
		} else {
			_, size := e.in.symbol(p.dcTable)
			p.previous += e.in.value(size)
		}
		if !e.lost {
			p.setDC(block, p.previous<<s.al)
		}
	case s.ss == 0:
		one := e.coded && e.bit(&e.fixed) || !e.coded && e.in.take(1) != 0
		if one {
			p.kept[block*p.nx*p.ny] |= 1 << s.al
			p.known[block] |= 1
		}
	case e.coded && s.ah == 0:
		e.lost = !e.acFirst(p, s, e.conditioning, block)
	case e.coded:
		e.lost = !e.acRefine(p, s, block)
	case s.ah > 0:
		e.skip = e.in.acRefine(p, s, block, e.skip)
	case e.skip > 0:
		e.skip--
	default:
		e.skip = e.in.acFirst(p, s, block)
	}
}

// readScan decodes one of several scans. first is whether no row can be shown without it.
func (r *Rows) readScan(s *scan, first bool) error {
	r.begin(s)
	s.note(first)
	r.good = r.p.down
	c := &s.parts[0]
	if r.p.progressive && s.ss > 0 && c.limit == 0 {
		r.in.at = endOfScan(r.p.data, s.from) // none of its coefficients is needed
		return nil
	}
	units, lines, perUnit := r.p.across, r.p.down, 1
	if len(s.parts) == 1 {
		units, lines, perUnit = c.across, c.down, c.v
	}
	for y := range lines {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if !r.entropy.lost {
			r.good = y/perUnit + 1
		}
		if !r.keepLine(s, y, units) {
			r.damaged = true
			if first {
				r.present = max(y/perUnit*8*r.p.maxV-r.p.held(), 0)
			}
			return nil
		}
		if r.entropy.lost {
			r.damaged = true
			if s.interval == 0 {
				return nil // all further blocks are empty
			}
		}
	}
	return nil
}

// keepLine decodes a line of units. It is false where the file ended.
func (r *Rows) keepLine(s *scan, y, units int) bool {
	e := &r.entropy
	if len(s.parts) == 1 {
		c := &s.parts[0]
		line := y * r.p.across * c.h
		for x := range units {
			if !e.restart() {
				return false
			}
			r.keepBlock(c, line+x)
			if !e.end() {
				return false
			}
		}
		return true
	}
	for x := range units {
		if !e.restart() {
			return false
		}
		for i := range s.parts {
			c := &s.parts[i]
			for by := range c.v {
				for bx := range c.h {
					r.keepBlock(c, (y*c.v+by)*r.p.across*c.h+x*c.h+bx)
				}
			}
		}
		if !e.end() {
			return false
		}
	}
	return true
}

func (r *Rows) keepBlock(c *scanPart, block int) {
	if r.p.progressive {
		r.entropy.progress(c, block)
		return
	}
	var coefs [64]int32
	last := r.entropy.block(c, &coefs, &ones)
	c.store(block, &coefs, last)
}

// note remembers how many bits of the coefficients are still to come behind this scan. In front of the first, libjpeg
// takes none for missing.
func (s *scan) note(first bool) {
	for i := range s.parts {
		c := s.parts[i].component
		if c.before = c.left; first {
			c.before = [64]int8{}
		}
		for k := s.ss; k <= s.se; k++ {
			c.left[k] = int8(s.al)
		}
	}
}

// endOfScan is where the next marker is that ends a scan.
func endOfScan(data []byte, at int) int {
	for {
		at = nextMarker(data, at)
		if at >= len(data) {
			return len(data)
		}
		if m := data[at]; m < markerRST0 || m > markerRST7 {
			return at - 1
		}
	}
}

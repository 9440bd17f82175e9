package jpeg

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Rows decodes a picture from top to bottom. It is not safe for concurrent use.
type Rows struct {
	Width, Height int
	CMYK          bool // the four bytes of a pixel are C, M, Y and K, inverted as Adobe stores them: 255 is no ink

	p     *Picture
	ctx   context.Context // of one decoding, which Rows does not outlive
	size  int             // eighths
	kind  colours
	y     int // the next row
	ready int // rows that can be made
	unit  int // the next row of units

	in      bits
	entropy entropy
	present int // rows of the full picture; -1: as long as they come
	damaged bool
	smooths bool // whether unknown coefficients are estimated
	good    int  // rows of units that the last scan has
	err     error
}

// Rows begins to decode the picture reduced to size eighths, 1 to 8. Sizes are rounded up. It may be called once. If
// the picture has several scans, all are decoded here, and ErrTooComplex is returned for too many.
func (p *Picture) Rows(ctx context.Context, size int) (*Rows, error) {
	if size < 1 || size > 8 {
		return nil, fmt.Errorf("jpeg: %d eighths", size)
	}
	r := &Rows{
		Width: ceilDiv(p.width*size, 8), Height: ceilDiv(p.height*size, 8),
		p: p, ctx: ctx, size: size, present: p.height, kind: p.colours(),
	}
	r.CMYK = r.kind == cmyk || r.kind == ycck
	r.entropy = entropy{arithmetic: arithmetic{in: &r.in}}
	for i := range p.parts {
		p.parts[i].resize(&p.frame, size)
		if p.several() {
			p.parts[i].keep(&p.frame)
		}
	}
	if p.several() {
		if err := r.readScans(); err != nil {
			return nil, err
		}
	} else {
		r.begin(&p.first)
	}
	for i := range p.parts {
		p.parts[i].setSteps()
	}
	r.smooths = p.smooths()
	return r, nil
}

// Memory is how many bytes Rows keeps at most.
func (p *Picture) Memory(size int) int64 {
	sum := int64(0)
	for i := range p.parts {
		c := &p.parts[i]
		nx, ny := c.blockSize(&p.frame, size)
		sum += int64(p.across*c.h) * int64(2*c.v*nx*ny) // levels
		if p.several() {
			sum += int64(p.across*c.h) * int64(p.down*c.v) * int64(2*nx*ny+8)
		}
	}
	return sum
}

// several reports whether coefficients are kept, because all scans must be read before the first row is made.
func (p *Picture) several() bool { return p.progressive || len(p.first.parts) < len(p.parts) }

// Next makes the next row, four bytes for each pixel: red, green, blue and 255, unless CMYK is set. It is false
// at the end, where the file ended, and when the context ended, which is what Err tells.
func (r *Rows) Next(row []byte) bool {
	for r.y >= r.ready {
		if r.y >= r.Height || r.err != nil || r.unit >= r.p.down || !r.nextUnits() {
			return false
		}
	}
	r.convert(row[:4*r.Width], r.y)
	r.y++
	return true
}

// Err is the context's, if that ended.
func (r *Rows) Err() error { return r.err }

// Damaged reports whether data was missing or wrong, as far as was decoded.
func (r *Rows) Damaged() bool { return r.damaged }

// Present is how many rows of the full picture there are; after the last call of Next, if it has one scan.
func (r *Rows) Present() int { return r.present }

// nextUnits makes the levels of the next row of units. The last rows of pixels may have to wait for the row after it,
// because their colours are interpolated. What is held back where the file ends is that of the full size.
func (r *Rows) nextUnits() bool {
	p := r.p
	if r.err = r.ctx.Err(); r.err != nil {
		return false
	}
	whole := true
	if p.parts[0].kept != nil {
		for i := range p.parts {
			r.restore(&p.parts[i])
		}
	} else if whole = r.streamUnits(); !whole {
		r.present, r.damaged = max(r.unit*8*p.maxV-p.held(), 0), true
	}
	r.unit++
	height := r.unit*p.maxV*r.size - r.held()
	switch {
	case !whole:
		height -= p.maxV * r.size
		r.unit = p.down
	case r.unit == p.down:
		height = r.Height
	}
	if r.present < p.height {
		height = min(height, r.present*r.size/8)
	}
	r.ready = max(r.ready, min(height, r.Height))
	return true
}

// held is how many rows of the full picture need colours of the next row of units.
func (f *frame) held() int {
	for i := range f.parts {
		c := &f.parts[i]
		if f.maxV == 2*c.v && (f.maxH == c.h || f.maxH == 2*c.h) {
			return f.maxV
		}
	}
	return 0
}

// held is the same for the reduced one.
func (r *Rows) held() int {
	for i := range r.p.parts {
		if r.p.parts[i].interpolatesDown(r.size) {
			return r.p.maxV
		}
	}
	return 0
}

// begin starts to read the data of a scan.
func (r *Rows) begin(s *scan) {
	r.in.reset(r.p.data, s.from)
	r.entropy.begin(s, &r.p.arith, r.p.arithmetic)
}

// lookAhead is how many bits libjpeg wants to see behind a code. Where the end of image is missing, it does without the
// last row of units for that, and so do browsers. Only a picture of one row is shown here nevertheless.
const lookAhead = 8

// streamUnits decodes a row of units of the only scan. It is false where the file ended.
func (r *Rows) streamUnits() bool {
	p, s, e := r.p, &r.p.first, &r.entropy
	if r.unit > 0 {
		e.ahead = lookAhead
	}
	var coefs [64]int32
	if len(s.parts) == 1 { // a unit is one block, whatever the sampling factors
		c := &s.parts[0]
		for y := r.unit * c.v; y < min((r.unit+1)*c.v, c.down); y++ {
			for x := range c.across {
				if !e.restart() {
					return false
				}
				last := e.block(c, &coefs, &c.steps)
				c.transform(&coefs, last, c.at(x, y))
				clear(coefs[:])
				if !e.end() {
					return false
				}
			}
		}
		r.damaged = r.damaged || e.lost
		return true
	}
	for x := range p.across {
		if !e.restart() {
			return false
		}
		for i := range s.parts {
			c := &s.parts[i]
			for by := range c.v {
				for bx := range c.h {
					last := e.block(c, &coefs, &c.steps)
					c.transform(&coefs, last, c.at(x*c.h+bx, r.unit*c.v+by))
					clear(coefs[:])
				}
			}
		}
		if !e.end() {
			return false
		}
	}
	r.damaged = r.damaged || e.lost
	return true
}

// restore makes the levels of a row of units from the coefficients that were kept.
func (r *Rows) restore(c *component) {
	var coefs [64]int32
	across := r.p.across * c.h
	left := &c.left
	if r.unit >= r.good {
		left = &c.before
	}
	for y := r.unit * c.v; y < min((r.unit+1)*c.v, c.down); y++ {
		for x := range c.across {
			last := c.load(y*across+x, &coefs)
			if r.smooths {
				last = c.smooth(x, y, across, left, &coefs, last)
			}
			c.transform(&coefs, last, c.at(x, y))
			clear(coefs[:])
		}
	}
}

// readScans decodes all scans. What cannot be decoded ends them.
func (r *Rows) readScans() error {
	p := r.p
	s, work := p.first, 0
	for n := 1; ; n++ {
		if n > MaxScans {
			return ErrTooComplex
		}
		for i := range s.parts {
			work += s.parts[i].across * s.parts[i].down
		}
		if work > maxWork+maxPasses*p.across*p.down {
			return ErrTooComplex
		}
		if err := r.readScan(&s, n == 1); err != nil {
			return err
		}
		p.pos = r.in.at
		var err error
		if s, err = p.nextScan(); err != nil {
			if errors.Is(err, ErrTooComplex) {
				return err
			}
			r.damaged = r.damaged || !errors.Is(err, io.EOF)
			return nil
		}
	}
}

// What decoding may cost: how many scans, and how many blocks they go over. Encoders write about ten scans, and go over each
// block eight times.
const (
	MaxScans  = 100
	maxPasses = 64
	maxWork   = 10_000_000
)

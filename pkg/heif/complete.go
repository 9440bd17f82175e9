package heif

import (
	"errors"
	"io"
)

// maxExtents is how many pieces the items of a file may have together.
const maxExtents = 1 << 16

// CheckComplete reads a file as far as its items reach, or, for a sequence, all its boxes. It returns
// [io.ErrUnexpectedEOF] if the file was cut off, [ErrFormat] if it cannot be told, or the error of r.
func CheckComplete(r io.Reader) error {
	in := &stream{r: r}
	var movie, data bool
	for {
		at := in.at
		name, size, err := in.box()
		switch {
		case errors.Is(err, ErrFormat) && in.at == at && movie && data: // no box has begun
			return nil
		case errors.Is(err, io.EOF) && movie: // the last box has no size
			return nil
		case errors.Is(err, ErrFormat) || errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case name == "meta" && size <= maxBox:
			body, err := in.read(size)
			if err != nil {
				return incomplete(err)
			}
			end, err := reach(body)
			if err != nil {
				return err
			}
			return incomplete(in.skip(max(0, end-in.at)))
		}
		movie, data = movie || name == "moov", data || name == "mdat"
		if err := in.skip(size); err != nil {
			return incomplete(err)
		}
	}
}

// incomplete calls an early end what it is.
func incomplete(err error) error {
	if errors.Is(err, ErrFormat) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// reach is the offset behind the last byte of all items that a meta box locates in the file (ISO/IEC 14496-12, 8.11.3).
func reach(body []byte) (end int64, err error) {
	if len(body) < 4 {
		return 0, ErrFormat
	}
	c := cursor{b: child(body[4:], "iloc")}
	version, _ := c.full()
	sizes := c.uint(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	items := c.uint(wide(version > 1))
	if items > maxItems {
		return 0, ErrFormat
	}
	extents := 0
	for range items {
		c.take(wide(version > 1)) // its number
		inFile := true
		if version > 0 {
			inFile = c.uint(2)&15 == 0
		} else {
			indexSize = 0
		}
		c.take(2) // the file: this one
		base := c.long(baseSize)
		n := int(c.uint(2))
		if extents += n; extents > maxExtents {
			return 0, ErrFormat
		}
		for range n {
			c.take(indexSize)
			offset := c.long(offsetSize)
			length := c.long(lengthSize)
			if inFile {
				end = max(end, base+offset+length)
			}
		}
	}
	if c.bad {
		return 0, ErrFormat
	}
	return end, nil
}

// long reads a number of at most 8 bytes, of which no file has as many as the first two could say.
func (c *cursor) long(size int) (v int64) {
	for _, b := range c.take(size) {
		v = v<<8 | int64(b)
	}
	if v>>48 != 0 {
		c.bad, v = true, 0
	}
	return v
}

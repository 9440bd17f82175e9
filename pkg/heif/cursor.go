package heif

import "encoding/binary"

// cursor reads numbers from the front of a box. Behind the end they are 0, and bad is set.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.bad, c.b = true, nil
		return nil
	}
	part := c.b[:n]
	c.b = c.b[n:]
	return part
}

func (c *cursor) uint(size int) (v uint32) {
	for _, b := range c.take(size) {
		v = v<<8 | uint32(b)
	}
	return v
}

// full reads the version and the flags of a full box.
func (c *cursor) full() (version byte, flags uint32) {
	v := c.uint(4)
	return byte(v >> 24), v & (1<<24 - 1)
}

// boxes calls f for each box in b, with the offset of its body in b.
func boxes(b []byte, f func(name string, body []byte, at int)) bool {
	for at := 0; at < len(b); {
		if len(b)-at < 8 {
			return false
		}
		size := int(binary.BigEndian.Uint32(b[at:]))
		if size == 0 {
			size = len(b) - at
		}
		if size < 8 || size > len(b)-at {
			return false
		}
		f(string(b[at+4:at+8]), b[at+8:at+size], at+8)
		at += size
	}
	return true
}

// child is the body of the first box of that name, or nil.
func child(b []byte, name string) (found []byte) {
	boxes(b, func(n string, body []byte, _ int) {
		if n == name && found == nil {
			found = body
		}
	})
	return found
}

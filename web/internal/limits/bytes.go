package limits

import (
	"io"
	"net/http"
)

// ByteCounter takes bytes from the rate of a client, a step in advance. A nil one does nothing.
type ByteCounter struct {
	take  func(n int64) error
	taken int64 // in advance
}

// countStep is small beside a photo, so that little is taken in vain.
const countStep = 1 << 20

// CountBytes is for photos that the client of r sends. So many bytes are already counted.
func (l *Limits) CountBytes(r *http.Request, counted int64) *ByteCounter {
	return &ByteCounter{take: func(n int64) error { return l.take(r, "uploads", n, l.Uploads) }, taken: counted}
}

// Take counts n bytes, or returns the problem to answer with.
func (c *ByteCounter) Take(n int64) error {
	if c == nil {
		return nil
	}
	for ; c.taken < n; c.taken += countStep {
		if err := c.take(countStep); err != nil {
			return err
		}
	}
	c.taken -= n
	return nil
}

// countedBody counts a body as it is read.
type countedBody struct {
	io.ReadCloser
	counter *ByteCounter
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if refused := b.counter.Take(int64(n)); refused != nil {
		return 0, refused
	}
	return n, err
}

package photo

import (
	"bytes"
	"fmt"
	"io"
)

// Read reads an encoded picture. More bytes than l allows are an [*Error], and so are none; with an error of r come the
// bytes before it. Size is how many there are said to be, if positive.
func Read(r io.Reader, l Limits, size int64) ([]byte, error) {
	most := l.orDefaults().Bytes
	if size > most {
		return nil, &Error{Kind: TooLarge, Got: size, Limit: most}
	}
	var b bytes.Buffer
	// With room for the last read, which would double the buffer otherwise.
	b.Grow(int(max(size, 0)) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return b.Bytes(), fmt.Errorf("reading: %w", err)
	case n > most:
		return nil, &Error{Kind: TooLarge, Limit: most}
	case n == 0:
		return nil, &Error{Kind: Empty}
	}
	return b.Bytes(), nil
}

// Package counting counts bytes as they are written.
package counting

import "io"

// Writer passes on what is written to it, and counts the bytes that got there. Like most writers, it is
// not safe for concurrent use.
type Writer struct {
	io.Writer
	Bytes   int64
	Written func(n int) // called after each Write; may be nil
}

func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.Bytes += int64(n)
	if w.Written != nil {
		w.Written(n)
	}
	return n, err
}

//go:build linux

package rig

import "bytes"

// Lines is a writer that calls seen with each whole line, without its end. The bytes may be kept
// only until seen returns.
func Lines(seen func(line []byte)) *LineWriter { return &LineWriter{seen: seen} }

// LineWriter cuts what is written to it into lines. One goroutine at a time may use it.
type LineWriter struct {
	seen func([]byte)
	rest []byte // of a line that has not ended
}

// Write never fails.
func (w *LineWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte{'\n'})
		if !whole {
			return len(b), nil
		}
		w.seen(line)
		w.rest = append([]byte(nil), rest...)
	}
}

// Field is the value of a key in a line of the log's "key=value" form; empty where there is none, or
// it is quoted.
func Field(line []byte, key string) string {
	_, after, _ := bytes.Cut(line, []byte(" "+key+"="))
	value, _, _ := bytes.Cut(after, []byte{' '})
	return string(value)
}

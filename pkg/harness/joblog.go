//go:build linux

package harness

import (
	"bytes"
	"time"
)

// jobLog reads the log of a process of workers. One goroutine at a time may use it.
type jobLog struct {
	started, done func(worker, job string, at time.Time) // may be nil
	rest          []byte                                 // of a line that has not ended
}

// Write never fails.
func (l *jobLog) Write(b []byte) (int, error) {
	now := time.Now()
	l.rest = append(l.rest, b...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte{'\n'})
		if !whole {
			return len(b), nil
		}
		switch {
		case l.started != nil && bytes.Contains(line, []byte(`msg="job started"`)):
			l.started(field(line, "worker"), field(line, "job"), now)
		case l.done != nil && bytes.Contains(line, []byte(`msg="job done"`)):
			l.done(field(line, "worker"), field(line, "job"), now)
		}
		l.rest = rest
	}
}

// field returns the value of a key in a line of slog's text format, if it is not quoted.
func field(line []byte, key string) string {
	_, after, _ := bytes.Cut(line, []byte(" "+key+"="))
	value, _, _ := bytes.Cut(after, []byte{' '})
	return string(value)
}

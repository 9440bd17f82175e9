package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jlaffaye/ftp"
)

const sendBuffer = 32 << 10

var (
	errNoResume = errors.New("the server lets no upload go on")
	errMoved    = errors.New("what the server has of the file is still changing")
)

// writerError is what went wrong on this side of an upload, and is not to be laid at the server's door.
type writerError struct{ error }

func (e writerError) Unwrap() error { return e.error }

// store uploads what write writes, and returns the size that the server then has. The first bytes, as
// many as from says, are there already and not sent again; errNoResume where the server has no way to
// go on from there.
func (s *session) store(p string, from int64, write func(io.Writer) error) (int64, error) {
	pr, pw := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := s.send(p, from, pr)
		sent <- err
		pr.CloseWithError(errors.Join(errCut, err))
	}()
	written := false
	defer func() { // write panicked
		if !written {
			s.cut()
			pw.CloseWithError(errCut)
			<-sent
		}
	}()
	err := write(&tail{ctx: s.ctx, to: pw, had: from})
	written = true
	if err != nil {
		select {
		case sendErr := <-sent: // first, so it is the cause
			if sendErr == nil {
				sendErr = errCut
			}
			return 0, sendErr
		default:
		}
		s.cut() // or the server would take the part for the whole
		pw.CloseWithError(err)
		<-sent
		return 0, writerError{err}
	}
	pw.Close()
	if err := <-sent; err != nil {
		return 0, err
	}
	return s.ftp.FileSize(s.path(p))
}

// send uploads what r has, which belongs behind the first from bytes of the file. APPE comes before
// REST: should those bytes turn out to be fewer or more, the file's size will tell, while REST may
// leave a hole in a file of the right size.
func (s *session) send(p string, from int64, r io.Reader) error {
	if from == 0 {
		return s.ftp.Stor(s.path(p), r)
	}
	// Composing what is there already takes its time: the data connection is not kept waiting.
	rest := &peeked{from: bufio.NewReaderSize(r, sendBuffer)}
	if _, err := rest.from.Peek(1); err == io.EOF {
		return nil
	} else if err != nil {
		return err
	}
	// The server's end of the broken connection may have come upon some more.
	if size, err := s.ftp.FileSize(s.path(p)); err != nil {
		return err
	} else if size != from {
		return errMoved
	}
	err := s.ftp.Append(s.path(p), rest)
	if !refused(err) || rest.begun {
		return err
	}
	err = s.ftp.StorFrom(s.path(p), rest, uint64(from))
	if !refused(err) || rest.begun {
		return err
	}
	return fmt.Errorf("%w: %w", errNoResume, err)
}

// peeked is a reader that tells whether anything was taken out of it.
type peeked struct {
	from  *bufio.Reader
	begun bool
}

func (p *peeked) Read(b []byte) (int, error) {
	p.begun = true
	return p.from.Read(b)
}

// refused reports whether err is a reply by which a server declines a command, and will again.
func refused(err error) bool {
	switch protocolCode(err) {
	case 0, ftp.StatusExceededStorage, statusInsufficientStorage:
		return false
	}
	return !broke(err)
}

// tail drops the first bytes of what is written to it.
type tail struct {
	ctx context.Context
	to  io.Writer
	had int64 // how many still to drop
}

func (t *tail) Write(p []byte) (int, error) {
	if t.had == 0 {
		return t.to.Write(p)
	}
	if t.ctx.Err() != nil {
		return 0, context.Cause(t.ctx)
	}
	drop := int(min(t.had, int64(len(p))))
	t.had -= int64(drop)
	if drop == len(p) {
		return drop, nil
	}
	n, err := t.to.Write(p[drop:])
	return drop + n, err
}

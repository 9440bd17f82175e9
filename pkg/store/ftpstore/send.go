package ftpstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"smalti/pkg/store/internal/tree"
)

const sendBuffer = 32 << 10

var (
	errNoResume = errors.New("the server cannot resume an upload")
	errMoved    = errors.New("the file is still growing on the server")
)

// store uploads what write writes, and returns the size that the server then has. The first from bytes are
// there already and not sent again; errNoResume if the server cannot continue there.
func (s *session) store(p string, from int64, write func(io.Writer) error) (int64, error) {
	pr, pw := io.Pipe()
	var sendErr error
	sent := make(chan struct{})
	go func() {
		sendErr = s.send(p, from, pr)
		close(sent)
		pr.CloseWithError(errors.Join(errCut, sendErr))
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
		case <-sent: // it came first, so it is the cause
			if sendErr == nil {
				return 0, errCut
			}
			return 0, sendErr
		default:
		}
		s.cut() // or the server would take the part for the whole
		pw.CloseWithError(err)
		<-sent
		return 0, tree.WriterError{Err: err}
	}
	pw.Close()
	if <-sent; sendErr != nil {
		return 0, sendErr
	}
	return s.ftp.FileSize(s.path(p))
}

// send uploads r after the first from bytes of the file. It tries APPE before REST: if the server has fewer
// or more bytes than expected, the file has a wrong size then, while REST may leave a hole in a file of the
// right size.
func (s *session) send(p string, from int64, r io.Reader) error {
	if from == 0 {
		return s.ftp.Stor(s.path(p), r)
	}
	// Composing again what is there already takes time, in which no data connection should wait.
	rest := &peeked{from: bufio.NewReaderSize(r, sendBuffer)}
	if _, err := rest.from.Peek(1); err == io.EOF {
		return nil
	} else if err != nil {
		return err
	}
	// The server may have received more on the broken connection.
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

// peeked is a reader that knows whether anything was read from it.
type peeked struct {
	from  *bufio.Reader
	begun bool
}

func (p *peeked) Read(b []byte) (int, error) {
	p.begun = true
	return p.from.Read(b)
}

// tail writes everything but the first bytes.
type tail struct {
	ctx context.Context
	to  io.Writer
	had int64 // bytes still to drop
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

package listener

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// Progress is how many bytes a client must receive within [Config.Stall]. With its default, that is about
// 2 KB a second, less than the slowest phone connection.
const Progress = 64 << 10

// conn has a deadline for each piece of what is written, so that a file may take any time while its client
// keeps reading.
type conn struct {
	net.Conn
	listener *Listener
	client   string    // empty: not counted
	extended time.Time // when the deadline for writing was set; one goroutine writes at a time
	idle     time.Time // since when it waits for another request; zero: it does not. Guarded by Listener.mu
}

// Write implements [net.Conn].
func (c *conn) Write(p []byte) (written int, err error) {
	for {
		piece := p[:min(len(p), Progress)]
		if err := c.extend(); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(piece)
		written += n
		if p = p[n:]; err != nil || len(p) == 0 {
			return written, c.dropIfSlow(err)
		}
	}
}

// ReadFrom lets the kernel send files by itself, piece by piece.
func (c *conn) ReadFrom(r io.Reader) (read int64, err error) {
	to, ok := c.Conn.(io.ReaderFrom)
	if !ok {
		return io.Copy(writerOnly{c}, r)
	}
	// The kernel is only asked when it finds the file itself below a LimitedReader.
	whole, limited := r.(*io.LimitedReader)
	for {
		piece := &io.LimitedReader{R: r, N: Progress}
		if limited {
			piece.R, piece.N = whole.R, min(whole.N, Progress)
		}
		if err := c.extend(); err != nil {
			return read, err
		}
		want := piece.N
		n, err := to.ReadFrom(piece)
		read += n
		if limited {
			whole.N -= n
		}
		if err != nil || n < want || want == 0 {
			return read, c.dropIfSlow(err)
		}
	}
}

type writerOnly struct{ io.Writer }

// extend gives the client [Config.Stall] for the next piece, or a little less: setting a deadline takes longer than
// reading the clock.
func (c *conn) extend() error {
	now, stall := time.Now(), c.listener.config.Stall
	if now.Sub(c.extended) < stall/32 {
		return nil
	}
	c.extended = now
	return c.SetWriteDeadline(now.Add(stall))
}

// dropIfSlow makes the kernel drop what it still holds for a client that is too slow, and returns err.
func (c *conn) dropIfSlow(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // which only frees memory sooner
		}
		if c.listener.config.Cut != nil {
			c.listener.config.Cut()
		}
	}
	return err
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	if c.client != "" {
		c.listener.leave(c)
	}
	return c.Conn.Close()
}

// CloseWrite is called by net/http before it closes a connection whose client may still be sending.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

package store

import (
	"errors"
	"net"
	"os"
	"time"
)

// idleConn is a connection on which no single Read or Write may take longer than idle: both arm the
// deadline anew. The FTP client above it knows no deadlines once it is connected.
type idleConn struct {
	net.Conn
	idle     time.Duration
	onSilent func() // called when one did; may be nil
}

func (c *idleConn) heed(err error) {
	if c.onSilent != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		c.onSilent()
	}
}

func (c *idleConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.heed(err)
	return n, err
}

func (c *idleConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	c.heed(err)
	return n, err
}

// reset closes the connection so that the other side sees it broken rather than ended: an end would
// pass for the end of the file.
func (c *idleConn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

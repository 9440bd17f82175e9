// Package idleconn gives connections a deadline for silence.
package idleconn

import (
	"errors"
	"net"
	"os"
	"time"
)

// Conn is a connection on which no single Read or Write may take longer than Idle: each sets the
// deadline anew. The error is then an [os.ErrDeadlineExceeded].
type Conn struct {
	net.Conn
	Idle     time.Duration
	OnSilent func() // called when the deadline passes; may be nil
}

func (c *Conn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.Idle)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.notice(err)
	return n, err
}

func (c *Conn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.Idle)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	c.notice(err)
	return n, err
}

func (c *Conn) notice(err error) {
	if c.OnSilent != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		c.OnSilent()
	}
}

// Reset closes the connection so that the other side sees it broken rather than ended: with FTP, the
// end of a data connection is the end of the file.
func (c *Conn) Reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

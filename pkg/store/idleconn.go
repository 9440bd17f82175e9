package store

import (
	"net"
	"time"
)

// idleConn is a connection on which no single Read or Write may take longer than idle: both arm the
// deadline anew. The FTP client below it knows no deadlines once it is connected.
type idleConn struct {
	net.Conn
	idle time.Duration
}

func (c *idleConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *idleConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// reset closes the connection so that the other side sees it broken rather than ended: an end would
// pass for the end of the file.
func (c *idleConn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

package process

import (
	"bufio"
	"context"
	"net"
	"strings"
	"time"
)

// probeTime is how long one probe may take.
const probeTime = time.Second

func dial(addr string) (net.Conn, error) {
	return (&net.Dialer{Timeout: probeTime}).DialContext(context.Background(), "tcp", addr)
}

// Listens is a probe for a server that accepts connections at addr.
func Listens(addr string) func() error {
	return func() error {
		c, err := dial(addr)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

// Greets is a probe for a server that speaks first, as FTP and SMTP servers do, with a line that begins with
// want. Any other line is a refusal, such as of a wrong configuration.
func Greets(addr, want string) func() error {
	return func() error {
		c, err := dial(addr)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(probeTime)); err != nil {
			return err
		}
		line, err := bufio.NewReader(c).ReadString('\n')
		switch {
		case strings.HasPrefix(line, want):
			return nil
		case strings.HasSuffix(line, "\n"):
			return Refused(line)
		default:
			return err
		}
	}
}

// PortTaken reports whether a server ended because another program took its port, which can happen between
// finding a free one and listening on it.
func PortTaken(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "in use") || strings.Contains(err.Error(), "could not bind"))
}

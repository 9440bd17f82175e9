package process

import (
	"bufio"
	"net"
	"strings"
	"time"
)

// probeTime is how long one probe may take.
const probeTime = time.Second

// Listens is a probe for a server that accepts connections at addr.
func Listens(addr string) func() error {
	return func() error {
		c, err := net.DialTimeout("tcp", addr, probeTime)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

// Greets is a probe for a server that speaks first, as those of FTP and SMTP do: its first line begins
// with want. Any other line is a refusal, so that a server whose configuration is wrong is not asked
// again until the time is over.
func Greets(addr, want string) func() error {
	return func() error {
		c, err := net.DialTimeout("tcp", addr, probeTime)
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

// PortTaken reports whether a server ended because somebody else has its port. Between finding a free
// port and listening on it there is time for that.
func PortTaken(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "in use") || strings.Contains(err.Error(), "could not bind"))
}

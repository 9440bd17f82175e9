package store

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"
)

// dataWait is how long the server waits for the data connection that it was asked to expect.
const dataWait = 20 * time.Second

// portWait is how long the server waits for a passive port: less than clients wait for an answer.
const portWait = 10 * time.Second

var (
	errNoPassive = errors.New("use EPSV or PASV first")
	errNoPrivate = errors.New("use PROT P first")

	errPortsTaken = errors.New("every passive port is taken")
)

// portRange is where data connections are accepted; the zero value is any free port.
type portRange struct{ low, high int }

func parsePorts(s string) (portRange, error) {
	if s == "" {
		return portRange{}, nil
	}
	from, to, _ := strings.Cut(s, "-")
	low, err1 := strconv.ParseUint(from, 10, 16)
	high, err2 := strconv.ParseUint(to, 10, 16)
	if err1 != nil || err2 != nil || low == 0 || low > high {
		return portRange{}, fmt.Errorf("the passive ports %q are no range such as 50000-50100", s)
	}
	return portRange{int(low), int(high)}, nil
}

// listen takes a free port, from a random place on, so that nobody can tell which is next.
func (r portRange) listen(host string) (*net.TCPListener, error) {
	ip := &net.TCPAddr{IP: net.ParseIP(host)}
	if ip.IP == nil {
		var err error
		if ip, err = net.ResolveTCPAddr("tcp", net.JoinHostPort(host, "0")); err != nil {
			return nil, err
		}
	}
	if r.high == 0 {
		return net.ListenTCP("tcp", ip)
	}
	n := r.high - r.low + 1
	start := rand.IntN(n)
	for i := range n {
		ip.Port = r.low + (start+i)%n
		if l, err := net.ListenTCP("tcp", ip); err == nil {
			return l, nil
		}
	}
	return nil, errPortsTaken
}

// passive is a port that waits for one data connection.
type passive struct {
	*net.TCPListener
	release func()
}

// listenPassive opens a port on the address that the client reached us at. One that was opened before
// and not used is closed.
func (c *control) listenPassive() (*net.TCPAddr, error) {
	c.closePassive()
	l, err := c.server.ports.listen(hostOf(c.conn.LocalAddr()))
	// Each port is taken only until its client has connected, so that one is free in a moment.
	for until := time.Now().Add(portWait); errors.Is(err, errPortsTaken) && time.Now().Before(until); {
		if !pause(c.server.driver.ctx, 20*time.Millisecond) {
			break
		}
		l, err = c.server.ports.listen(hostOf(c.conn.LocalAddr()))
	}
	if err != nil {
		return nil, err
	}
	release, err := c.hold(l)
	if err != nil {
		return nil, err
	}
	c.passive = &passive{l, release}
	return l.Addr().(*net.TCPAddr), nil
}

func (c *control) closePassive() {
	if c.passive != nil {
		c.passive.release()
		c.passive = nil
	}
}

// acceptData waits for the client's data connection. One from another host is not the client's:
// whoever guesses the port could otherwise read or write in its place.
func (c *control) acceptData() (conn net.Conn, release func(), err error) {
	if c.passive == nil {
		return nil, nil, errNoPassive
	}
	defer c.closePassive()
	if c.secure && !c.private {
		return nil, nil, errNoPrivate
	}
	if err := c.passive.SetDeadline(time.Now().Add(dataWait)); err != nil {
		return nil, nil, err
	}
	for {
		raw, err := c.passive.Accept()
		if err != nil {
			return nil, nil, err
		}
		if hostOf(raw.RemoteAddr()) != c.host {
			raw.Close()
			continue
		}
		if release, err = c.hold(raw); err != nil {
			return nil, nil, err
		}
		conn = &idleConn{Conn: raw, idle: c.server.config.Idle}
		if c.secure {
			conn = tls.Server(conn, c.server.config.TLS)
		}
		return conn, release, nil
	}
}

func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}

package ftpserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/idleconn"
	"smalti/pkg/pause"
)

const (
	dataWait = 20 * time.Second      // for the client's data connection
	portWait = 10 * time.Second      // for a free passive port; clients wait longer for a reply
	portPoll = 20 * time.Millisecond // between two looks for one
)

var (
	errNoPassive  = errors.New("use EPSV or PASV first")
	errNotPrivate = errors.New("use PROT P first")
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
		return portRange{}, fmt.Errorf("the passive ports %q are not a range such as 50000-50100", s)
	}
	return portRange{int(low), int(high)}, nil
}

// listen takes a free port, from a random one on, so that the next one cannot be guessed.
func (r portRange) listen(ip net.IP) (*net.TCPListener, error) {
	if r.high == 0 {
		return net.ListenTCP("tcp", &net.TCPAddr{IP: ip})
	}
	n := r.high - r.low + 1
	start := rand.IntN(n)
	for i := range n {
		if l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: ip, Port: r.low + (start+i)%n}); err == nil {
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

func (c *conn) epsv(param string) {
	if strings.EqualFold(param, "ALL") {
		c.reply(200, "Only EPSV from now on.") // which holds for data connections anyway
		return
	}
	addr, err := c.listenPassive()
	if err != nil {
		c.noData(err)
		return
	}
	c.reply(229, fmt.Sprintf("Entering Extended Passive Mode (|||%d|)", addr.Port))
}

func (c *conn) pasv(string) {
	addr, err := c.listenPassive()
	if err != nil {
		c.noData(err)
		return
	}
	ip := addr.IP.To4()
	if public := c.server.config.PublicIP; public != "" {
		ip = net.ParseIP(public).To4()
	}
	if ip == nil {
		c.closePassive()
		c.noData(errors.New("PASV is for IPv4; use EPSV"))
		return
	}
	c.reply(227, fmt.Sprintf("Entering Passive Mode (%d,%d,%d,%d,%d,%d)",
		ip[0], ip[1], ip[2], ip[3], addr.Port>>8, addr.Port&0xff))
}

func (c *conn) noData(err error) {
	code := 425
	if errors.Is(err, errNotPrivate) {
		code = 522
	}
	c.reply(code, "No data connection: "+err.Error())
}

// listenPassive opens a port on the address that the client has dialled, and closes an earlier one.
func (c *conn) listenPassive() (*net.TCPAddr, error) {
	c.closePassive()
	local, ok := c.control.LocalAddr().(*net.TCPAddr)
	if !ok {
		return nil, errors.New("the control connection is not TCP")
	}
	l, err := c.server.ports.listen(local.IP)
	// Each port is taken only until its client has connected, so that one is free in a moment.
	for until := time.Now().Add(c.server.portWait); errors.Is(err, errPortsTaken) && time.Now().Before(until); {
		if !pause.For(c.server.ctx, portPoll) {
			return nil, err
		}
		l, err = c.server.ports.listen(local.IP)
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

func (c *conn) closePassive() {
	if c.passive != nil {
		c.passive.release()
		c.passive = nil
	}
}

// acceptData waits for the client's data connection. One from another host is not the client's: an
// attacker who guesses the port could otherwise read or write in its place.
func (c *conn) acceptData() (data net.Conn, release func(), err error) {
	if c.passive == nil {
		return nil, nil, errNoPassive
	}
	defer c.closePassive()
	if c.secure && !c.private {
		return nil, nil, errNotPrivate
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
		data = &idleconn.Conn{Conn: raw, Idle: c.server.config.Idle}
		if c.secure {
			data = tls.Server(data, c.server.config.TLS)
		}
		return data, release, nil
	}
}

// transfer runs move over a data connection, and replies how it went. cut ends the connection, from any
// goroutine.
func (c *conn) transfer(move func(data net.Conn, cut func()) error) {
	data, release, err := c.acceptData()
	if err != nil {
		c.noData(err)
		return
	}
	defer release() // also when move panics
	late := time.AfterFunc(c.server.config.MaxTransfer, release)
	defer late.Stop()
	c.reply(150, "Go ahead.")
	if secure, ok := data.(*tls.Conn); ok {
		err = secure.HandshakeContext(c.server.ctx) // which an empty file would never get to
	}
	if err == nil {
		err = move(data, release)
	}
	if err == nil {
		err = data.Close()
	}
	release() // before the reply: a client that is still sending looks for one only when that fails
	c.done(226, "Transfer complete.", err)
}

func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}

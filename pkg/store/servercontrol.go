package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	ftpserver "goftp.io/server/v2"
)

const (
	maxCommandLine = 4 << 10          // bytes; the longest path that is allowed has about 150
	loginTime      = 10 * time.Second // from connecting to being logged in
	maxLogins      = 5                // wrong passwords on one connection
)

var (
	errLineTooLong = errors.New("command line is too long")
	errLineBroken  = errors.New("there is a line break within a command line")
)

// control is one client's control connection. Its session runs on one goroutine; cut may come from
// another.
type control struct {
	server  *Server
	host    string // the client's address
	client  string // the same for counting, see clientOf
	lines   *bufio.Reader
	until   time.Time // of logging in; zero from then on
	wrong   int       // passwords
	secure  bool      // after AUTH TLS
	private bool      // after PROT P
	passive *passive  // waits for the next transfer's data connection, or nil

	line     int  // the number of the command, from 1
	loggedIn bool // guarded by the listener

	restart  int64 // what REST said, in bytes
	restLine int   // and its number

	conn net.Conn // the raw connection, with TLS around it from AUTH TLS on

	mu   sync.Mutex
	raw  []io.Closer // what cut has to close
	gone bool
}

// controlAddr leads from the FTP library's session, which shows no more than its address, back to
// the connection.
type controlAddr struct {
	net.Addr
	control *control
}

func controlOf(s *ftpserver.Session) *control { return s.RemoteAddr().(controlAddr).control }

func (c *control) RemoteAddr() net.Addr { return controlAddr{c.conn.RemoteAddr(), c} }
func (c *control) LocalAddr() net.Addr  { return c.conn.LocalAddr() }

// Read gives one line at a time, so that nothing sent in the clear behind AUTH TLS is left over in
// the session's buffer to be taken for something that came through TLS.
func (c *control) Read(p []byte) (int, error) {
	deadline := c.until
	if deadline.IsZero() {
		deadline = time.Now().Add(c.server.config.Idle)
	}
	if err := c.conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	line, err := c.lines.ReadSlice('\n')
	// bufio.ErrBufferFull must not get out: the session's own bufio.Reader takes it for its own, and
	// tries again for ever.
	if errors.Is(err, bufio.ErrBufferFull) || len(line) > len(p) {
		return 0, errLineTooLong
	}
	if err != nil {
		return 0, err
	}
	// Replies repeat what a command named: no line may hold what would end theirs (RFC 959, section 5.3.2).
	if bytes.ContainsAny(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), "\r") {
		return 0, errLineBroken
	}
	c.line++
	return copy(p, line), nil
}

func (c *control) Write(p []byte) (int, error) {
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.server.config.Idle)); err != nil {
		return 0, err
	}
	return c.conn.Write(p)
}

// Close is the session's own last word.
func (c *control) Close() error {
	c.cut()
	c.server.listener.leave(c)
	return nil
}

// cut closes everything below TLS, whose own goodbye may take long.
func (c *control) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	for _, r := range c.raw {
		r.Close()
	}
	c.raw = nil
}

// hold gives cut one more thing to close, until the returned function has closed it.
func (c *control) hold(r io.Closer) (release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		r.Close()
		return nil, net.ErrClosed
	}
	c.raw = append(c.raw, r)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		r.Close()
		c.raw = slices.DeleteFunc(c.raw, func(held io.Closer) bool { return held == r })
	}, nil
}

func (c *control) SetDeadline(t time.Time) error      { return c.conn.SetDeadline(t) }
func (c *control) SetReadDeadline(t time.Time) error  { return c.conn.SetReadDeadline(t) }
func (c *control) SetWriteDeadline(t time.Time) error { return c.conn.SetWriteDeadline(t) }

// startTLS answers AUTH TLS: everything from here on goes through TLS, and nothing may have come
// before.
func (c *control) startTLS() error {
	if c.lines.Buffered() > 0 {
		return errors.New("there are commands behind AUTH TLS")
	}
	conn := tls.Server(c.conn, c.server.config.TLS)
	ctx, cancel := context.WithDeadline(c.server.driver.ctx, c.until)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	c.conn = conn
	c.lines.Reset(conn)
	c.secure = true
	return nil
}

// passed notes whether the password was right.
func (c *control) passed(ok bool) {
	if ok {
		c.until = time.Time{}
		return
	}
	if c.wrong++; c.wrong >= maxLogins {
		c.cut()
	}
}

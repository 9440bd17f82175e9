package ftpserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"smalti/pkg/throttle"
)

const (
	maxCommandLine = 4 << 10          // bytes
	loginTime      = 10 * time.Second // from connecting to being logged in
)

// conn is one client's control connection. It is served by one goroutine; cut may be called from any.
type conn struct {
	server *Server
	host   string // the client's address
	client string // the same for counting, see throttle.ClientOf

	control  net.Conn // with TLS around it after AUTH TLS
	lines    *bufio.Reader
	deadline time.Time // for logging in; zero from then on

	user     string // as in USER
	wrong    int    // passwords
	loggedIn bool
	secure   bool // after AUTH TLS
	private  bool // after PROT P
	dir      string
	previous pending  // what the last command said about this one
	next     pending  // what this one says about the next
	passive  *passive // waits for the next transfer's data connection, or nil
	quit     bool

	doing struct{ command, param string } // for the log

	mu     sync.Mutex
	raw    []io.Closer // what cut has to close
	cutOff bool
}

// pending is what one command says about the next one, and no other (RFC 959, section 4.1.3).
type pending struct {
	offset     int64  // REST
	renameFrom string // RNFR
}

func newConn(s *Server, raw net.Conn) *conn {
	host := hostOf(raw.RemoteAddr())
	return &conn{
		server: s, host: host, client: throttle.ClientOf(host),
		control: raw, lines: bufio.NewReaderSize(raw, maxCommandLine), deadline: time.Now().Add(loginTime),
		dir: "/", raw: []io.Closer{raw},
	}
}

// serve runs the session to its end.
func (c *conn) serve() {
	defer c.server.sessions.leave(c)
	defer c.cut()
	defer func() {
		if crash := recover(); crash != nil {
			c.server.log.Error("FTP session crashed", "client", c.host, "error", crash, "stack", string(debug.Stack()))
		}
	}()
	c.reply(220, "Ready.")
	for !c.quit {
		line, err := c.readLine()
		if err != nil {
			return
		}
		c.run(line)
	}
	_ = c.control.Close() // within TLS, this says goodbye
}

// readLine waits for the next command. The error of a line that is too long is [bufio.ErrBufferFull].
func (c *conn) readLine() (string, error) {
	deadline := c.deadline
	if deadline.IsZero() {
		deadline = time.Now().Add(c.server.config.Idle)
	}
	if err := c.control.SetReadDeadline(deadline); err != nil {
		return "", err
	}
	line, err := c.lines.ReadSlice('\n')
	return strings.TrimRight(string(line), "\r\n"), err
}

// run executes one command.
func (c *conn) run(line string) {
	name, param, _ := strings.Cut(line, " ")
	name = strings.ToUpper(name)
	cmd, known := commands[name]
	if c.doing.command, c.doing.param = name, param; !known || cmd.secret {
		c.doing.param = ""
	}
	c.previous, c.next = c.next, pending{}
	switch {
	case !known:
		c.doing.command = ""
		c.reply(500, "Command not understood.")
	case !c.loggedIn && !cmd.open:
		c.reply(530, "Log in first.")
	case cmd.param && param == "":
		c.reply(501, name+" needs a parameter.")
	case cmd.files && !c.usable():
		c.reply(451, "The files cannot be used now.")
	default:
		cmd.run(c, param)
	}
}

// usable reports whether the files can be used. To a client, a 550 would say that a file does not exist.
func (c *conn) usable() bool {
	err := c.server.files.Ping(c.server.ctx)
	if err != nil {
		c.closePassive()
	}
	return err == nil
}

// reply sends one line.
func (c *conn) reply(code int, text string) {
	// Errors in it may repeat what the client sent.
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	c.server.log.Debug("FTP", "client", c.host, "command", c.doing.command, "param", c.doing.param, "code", code, "reply", text)
	c.write(fmt.Sprintf("%d %s\r\n", code, text))
}

// replyLines sends a reply with lines between its first and its last, as those to FEAT and MLST have.
func (c *conn) replyLines(code int, title string, lines ...string) {
	c.write(fmt.Sprintf("%d-%s\r\n %s\r\n%d End.\r\n", code, title, strings.Join(lines, "\r\n "), code))
}

func (c *conn) write(s string) {
	err := c.control.SetWriteDeadline(time.Now().Add(c.server.config.Idle))
	if err == nil {
		_, err = io.WriteString(c.control, s)
	}
	if err != nil {
		c.cut()
	}
}

// path makes a parameter absolute.
func (c *conn) path(param string) string {
	if path.IsAbs(param) {
		return path.Clean(param)
	}
	return path.Join(c.dir, param)
}

// startTLS answers AUTH TLS. From here on everything goes through TLS, and nothing may have been sent
// in the clear behind the command, where it would be taken for something that came through TLS.
func (c *conn) startTLS() error {
	if c.lines.Buffered() > 0 {
		return errors.New("commands in the clear behind AUTH TLS")
	}
	secure := tls.Server(c.control, c.server.config.TLS)
	ctx, cancel := context.WithDeadline(c.server.ctx, c.deadline)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		return err
	}
	c.control, c.secure = secure, true
	c.lines.Reset(secure)
	return nil
}

// cut closes everything below TLS, whose own goodbye may take long.
func (c *conn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cutOff = true
	for _, r := range c.raw {
		r.Close()
	}
	c.raw = nil
}

// hold gives cut one more thing to close, until the returned function has closed it.
func (c *conn) hold(r io.Closer) (release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cutOff {
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

package ftpstore

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jlaffaye/ftp"

	"smalti/pkg/idleconn"
)

var errCut = errors.New("connection was cut")

// session is one control connection, logged in. One goroutine uses it at a time; cut may be called from any.
type session struct {
	remote *Store
	ftp    *ftp.ServerConn
	base   string // the store's directory, absolute, whatever the current directory is
	used   time.Time

	idle    time.Duration
	noSums  *atomic.Bool
	connect dialFunc
	tls     *tls.Config     // nil without TLS
	wire    net.Conn        // the control connection, within TLS; for commands that the library does not have
	ctx     context.Context // of its present use

	mu            sync.Mutex
	control, data *idleconn.Conn
	dead          bool
}

// openSession connects and logs in.
func (r *Store) openSession(ctx context.Context) (*session, error) {
	// The deadlines of single reads do not stop a server that sends a byte now and then.
	ctx, cancel := context.WithTimeoutCause(ctx, 2*r.idle, errors.New("logging in took too long"))
	defer cancel()
	s := &session{remote: r, idle: r.idle, connect: r.connect, noSums: &r.noSums}
	if r.tls != nil {
		// ProFTPD accepts a data connection only if it resumes the TLS session of its own control
		// connection, so no two of these may share a cache.
		s.tls = r.tls.Clone()
		s.tls.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	defer s.use(ctx)()
	if err := s.logIn(r); err != nil {
		s.cut()
		if ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
		return nil, err
	}
	return s, nil
}

func (s *session) logIn(r *Store) (err error) {
	options := []ftp.DialOption{ftp.DialWithDialFunc(s.dial)}
	if s.tls != nil {
		options = append(options, ftp.DialWithTLS(s.tls)) // dial starts TLS; this makes the library send PROT P
	}
	if s.ftp, err = ftp.Dial(r.addr, options...); err != nil {
		return err
	}
	if err := s.ftp.Login(r.user, r.password); err != nil {
		return err
	}
	home, err := s.ftp.CurrentDir()
	if err != nil {
		return err
	}
	if s.base = r.base; !path.IsAbs(s.base) {
		s.base = path.Join(home, s.base)
	}
	return nil
}

// dial makes the control connection, and later each data connection.
func (s *session) dial(network, addr string) (net.Conn, error) {
	raw, err := s.connect(s.ctx, network, addr)
	if err != nil {
		return nil, err
	}
	// Silence on one connection ends the session, rather than waiting on the other as well.
	conn := &idleconn.Conn{Conn: raw, Idle: s.idle, OnSilent: s.cut}
	control, err := s.hold(conn)
	switch {
	case err != nil:
		return nil, err
	case s.tls == nil:
		if control {
			s.wire = conn
		}
		return conn, nil
	case control:
		secured, err := startTLS(s.ctx, conn, s.tls)
		s.wire = secured
		return secured, err
	default:
		return tls.Client(conn, s.tls), nil
	}
}

// hold has cut end a connection, too, and reports whether it is the control connection.
func (s *session) hold(conn *idleconn.Conn) (control bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.dead:
		conn.Reset()
		return false, errCut
	case s.control == nil:
		s.control = conn
		return true, nil
	default:
		s.data = conn
		return false, nil
	}
}

// use has the end of ctx cut the session, until the returned function is called.
func (s *session) use(ctx context.Context) (release func()) {
	s.ctx = ctx
	stop := context.AfterFunc(ctx, s.cut)
	return func() {
		if !stop() {
			s.cut()
		}
		s.used = time.Now()
	}
}

// cut ends the session at once, whatever it is doing.
func (s *session) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
	for _, c := range []*idleconn.Conn{s.data, s.control} {
		if c != nil {
			c.Reset()
		}
	}
}

func (s *session) alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.dead
}

func (s *session) path(p string) string { return path.Join(s.base, p) }

// startTLS starts TLS on a control connection (RFC 4217, section 4). The library expects a greeting at its
// beginning, so that one is made up.
func startTLS(ctx context.Context, conn net.Conn, config *tls.Config) (net.Conn, error) {
	text := textproto.NewConn(conn)
	if _, _, err := text.ReadResponse(ftp.StatusReady); err != nil {
		return nil, err
	}
	if err := text.PrintfLine("AUTH TLS"); err != nil {
		return nil, err
	}
	if _, _, err := text.ReadResponse(ftp.StatusAuthOK); err != nil {
		return nil, err
	}
	if text.R.Buffered() > 0 {
		return nil, errors.New("replies in the clear behind that to AUTH TLS")
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return &greeted{Conn: secure, greeting: []byte("220 TLS\r\n")}, nil
}

type greeted struct {
	net.Conn
	greeting []byte
}

func (g *greeted) Read(p []byte) (int, error) {
	if len(g.greeting) == 0 {
		return g.Conn.Read(p)
	}
	n := copy(p, g.greeting)
	g.greeting = g.greeting[n:]
	return n, nil
}

// command sends a command that the library does not have. Between its own commands, the library has
// nothing left to read on the control connection.
func (s *session) command(line string, expect int) (string, error) {
	text := textproto.NewConn(s.wire)
	if err := text.PrintfLine("%s", line); err != nil {
		return "", err
	}
	_, message, err := text.ReadResponse(expect)
	return message, err
}

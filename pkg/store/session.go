package store

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

// session is one control connection, logged in. One goroutine may use it at a time; cut may be
// called from any.
type session struct {
	remote *Remote
	ftp    *ftp.ServerConn
	base   string // the store's directory, absolute, so that the server's idea of "here" does not matter
	used   time.Time

	idle    time.Duration
	noSums  *atomic.Bool
	connect dialFunc
	tls     *tls.Config     // nil without TLS
	wire    net.Conn        // the control connection, within TLS; for commands that the client does not know
	ctx     context.Context // of what it is being used for

	mu            sync.Mutex
	control, data *idleconn.Conn
	dead          bool
}

// openSession connects and logs in.
func (r *Remote) openSession(ctx context.Context) (*session, error) {
	// The deadlines of single reads do not stop a server that sends a byte now and then.
	ctx, cancel := context.WithTimeoutCause(ctx, 2*r.idle, errors.New("the server took too long to let us in"))
	defer cancel()
	s := &session{remote: r, idle: r.idle, connect: r.connect, noSums: &r.noSums}
	if r.tls != nil {
		// ProFTPD takes a data connection only if it resumes the TLS session of its own control
		// connection, so that no two of these may share a cache.
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

func (s *session) logIn(r *Remote) (err error) {
	options := []ftp.DialOption{ftp.DialWithDialFunc(s.dial)}
	if s.tls != nil {
		options = append(options, ftp.DialWithTLS(s.tls)) // dial does it; this makes the client say PROT P
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
	// Silence on one connection ends the session: waiting on the other as well would only take longer.
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
		secured, err := startTLS(conn, s.tls)
		s.wire = secured
		return secured, err
	default:
		return tls.Client(conn, s.tls), nil
	}
}

// hold makes a connection one that cut ends, and tells whether it is the control connection.
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

// use ties the session to ctx, whose end cuts it, until the returned function is called.
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

// protocolCode returns the FTP reply code (RFC 959, section 4.2) in an error's chain, or 0 where the
// error is not a reply.
func protocolCode(err error) int {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code
	}
	return 0
}

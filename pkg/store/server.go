package store

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	ftpserver "goftp.io/server/v2"
)

// DefaultSessions are enough for 32 workers on one host, with 16 sessions each, and others elsewhere.
const DefaultSessions = 1024

// ServerConfig says how a [Server] is to be reached, and by whom. A zero field means what its comment
// says.
type ServerConfig struct {
	Listener       net.Listener  // where to accept; nil: listen on Addr
	Addr           string        // host:port; without Listener
	User, Password string        // the one account; both are needed
	TLS            *tls.Config   // offers explicit TLS (AUTH TLS, RFC 4217), of which Remote needs 1.2; nil: plain only
	RequireTLS     bool          // nobody logs in without TLS
	PassivePorts   string        // ports for data connections, such as 50000-50100; "": any free one
	PublicIP       string        // the IPv4 address that PASV tells; "": the one that was dialled
	MaxSessions    int           // clients that are logged in, at the same time; 0: DefaultSessions
	MaxPerClient   int           // and of one IPv4 address or IPv6 /64; 0: three quarters of MaxSessions
	Idle           time.Duration // how long a client may be silent; 0: 2 minutes
	MaxTransfer    time.Duration // how long a file may take; 0: 2 hours
	MaxFile        int64         // bytes; 0: 4 GiB
	Quota          Quota
	Log            *slog.Logger // told everything at debug level, but no password; nil: nobody

	// Refused is told whenever somebody is refused; it must not block, and be safe for concurrent
	// use; nil: nobody is. The log is told too, at most once a minute for each reason.
	Refused func(why Refusal)
}

// Server is an FTP server over a [Dir]: RFC 959 in stream mode, passive connections only (RFC 2428,
// RFC 1579), for one account. What is uploaded to uploads appears whole or not at all. What was broken
// off under incoming stays there, and APPE or REST and STOR go on with it (RFC 3659, section 5); a
// delivery can be renamed into mosaics only with a manifest whose sizes and hashes fit, and never over another one; no
// path leads out of the store.
type Server struct {
	config   ServerConfig
	ports    portRange
	driver   *driver
	listener *controlListener
	log      *slog.Logger
	cancel   context.CancelFunc
	served   chan struct{}

	complained complaints

	logging sync.RWMutex // held for writing once, by Close
	silent  bool
}

// StartServer checks the configuration, listens, and serves until Close. The error names everything
// that is wrong with the configuration.
func StartServer(dir *Dir, c ServerConfig) (*Server, error) {
	s := &Server{config: c, served: make(chan struct{})}
	var err error
	var bad []error
	if c.User == "" || c.Password == "" {
		bad = append(bad, errors.New("the account needs a user and a password"))
	}
	if c.RequireTLS && c.TLS == nil {
		bad = append(bad, errors.New("TLS is required, but there is none to offer"))
	}
	if c.PublicIP != "" && net.ParseIP(c.PublicIP).To4() == nil {
		bad = append(bad, fmt.Errorf("the public address %q is no IPv4 address", c.PublicIP))
	}
	if s.ports, err = parsePorts(c.PassivePorts); err != nil {
		bad = append(bad, err)
	}
	if c.MaxSessions < 0 || c.MaxPerClient < 0 || c.Idle < 0 || c.MaxTransfer < 0 || c.MaxFile < 0 ||
		c.Quota.Bytes < 0 || c.Quota.Files < 0 || c.Quota.MosaicBytes < 0 {
		bad = append(bad, errors.New("a limit is negative"))
	}
	if err := errors.Join(bad...); err != nil {
		return nil, fmt.Errorf("FTP server configuration: %w", err)
	}
	s.fillIn()
	// Clients look whose store it is, and can give it no identity.
	if _, err := dir.Identities(context.Background()); err != nil {
		return nil, fmt.Errorf("FTP server: %w", err)
	}
	listener := c.Listener
	if listener == nil {
		if listener, err = net.Listen("tcp", c.Addr); err != nil {
			return nil, fmt.Errorf("FTP server: %w", err)
		}
	}
	s.listener = newControlListener(listener, s)

	var ctx context.Context
	ctx, s.cancel = context.WithCancel(context.Background())
	s.driver = &driver{
		ctx: ctx, dir: dir, maxFile: s.config.MaxFile,
		partials: partials{open: map[string]*partial{}},
		sums:     sums{of: map[string]*fileSum{}},
		usage:    &usage{quota: c.Quota, root: dir.root},
		user:     sha256.Sum256([]byte(c.User)), password: sha256.Sum256([]byte(c.Password)),
	}
	if err := s.serve(); err != nil {
		s.cancel()
		listener.Close()
		return nil, fmt.Errorf("FTP server: %w", err)
	}
	return s, nil
}

func (s *Server) fillIn() {
	c := &s.config
	if c.MaxSessions == 0 {
		c.MaxSessions = DefaultSessions
	}
	if c.MaxPerClient == 0 {
		c.MaxPerClient = max(1, c.MaxSessions*3/4)
	}
	if c.MaxTransfer == 0 {
		c.MaxTransfer = 2 * time.Hour
	}
	if c.Idle == 0 {
		c.Idle = 2 * time.Minute
	}
	if c.MaxFile == 0 {
		c.MaxFile = 4 << 30
	}
	if s.log = c.Log; s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
}

func (s *Server) serve() error {
	inner, err := ftpserver.NewServer(&ftpserver.Options{
		Driver: s.driver, Auth: s.driver, Perm: ftpserver.NewSimplePerm("store", "store"),
		Commands: s.commands(), Logger: serverLog{s},
		Name: "store", WelcomeMessage: "Ready.", TLS: s.config.TLS != nil,
	})
	if err != nil {
		return err
	}
	go func() {
		defer close(s.served)
		_ = inner.Serve(s.listener) // it ends when the listener is shut
	}()
	return nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close ends the server: no new connections, and those that are open are cut. It returns when
// everything has stopped.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.shut()
	<-s.served
	s.logging.Lock()
	s.silent = true
	s.logging.Unlock()
	return err
}

// debug logs, unless the server has been closed: the library's sessions have a last word to say
// after their connection is.
func (s *Server) debug(message string, args ...any) {
	s.logging.RLock()
	defer s.logging.RUnlock()
	if !s.silent {
		s.log.Debug(message, args...)
	}
}

// serverLog carries what the FTP library says to slog. No password gets through it, however the line
// with it was written.
type serverLog struct{ server *Server }

func (l serverLog) Print(_ string, message any) { l.server.debug("FTP", "message", message) }

func (l serverLog) Printf(_ string, format string, v ...any) {
	l.server.debug("FTP", "message", fmt.Sprintf(format, v...))
}

func (l serverLog) PrintCommand(_ string, command, params string) {
	switch strings.ToUpper(command) {
	case "APPE", "CWD", "DELE", "LIST", "MKD", "MLSD", "NLST", "REST", "RETR", "RMD", "RNFR", "RNTO", "SIZE", "STOR", "XSHA256":
		l.server.debug("FTP command", "command", command, "param", params)
	}
}

func (l serverLog) PrintResponse(_ string, code int, message string) {
	l.server.debug("FTP reply", "code", code, "message", message)
}

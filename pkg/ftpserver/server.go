package ftpserver

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"smalti/pkg/pause"
	"smalti/pkg/throttle"
)

// DefaultSessions are enough for 32 workers on one host, with 16 sessions each, and others elsewhere.
const DefaultSessions = 1024

// acceptPause is how long to wait after a failed accept, such as for want of file descriptors.
const acceptPause = 50 * time.Millisecond

// Config says how a [Server] is to be reached, and by whom. A zero field means what its comment says.
type Config struct {
	Listener       net.Listener  // where to accept; nil: listen on Addr
	Addr           string        // host:port; without Listener
	User, Password string        // the one account; both are required
	TLS            *tls.Config   // offers explicit TLS (AUTH TLS, RFC 4217); nil: plain only
	RequireTLS     bool          // nobody logs in without TLS
	PassivePorts   string        // ports for data connections, such as 50000-50100; "": any free one
	PublicIP       string        // the IPv4 address in replies to PASV; "": the one that was dialled
	MaxSessions    int           // clients logged in at the same time; 0: DefaultSessions
	MaxPerClient   int           // the same from one IPv4 address or IPv6 /64; 0: three quarters of MaxSessions
	Idle           time.Duration // how long a client may be silent; 0: 2 minutes
	MaxTransfer    time.Duration // how long a file may take; 0: 2 hours
	Log            *slog.Logger  // gets every command at debug level, never a password; nil: no log

	// Refused is called whenever a client is refused. It must not block, and be safe for concurrent
	// use; nil: not called. The log gets the same, at most once a minute for each reason.
	Refused func(why Refusal)
}

// Server is an FTP server. Its methods are safe for concurrent use.
type Server struct {
	config   Config
	files    FileSystem
	ports    portRange
	portWait time.Duration // for a free passive port
	listener net.Listener
	log      *slog.Logger
	account  [sha256.Size]byte
	guesses  throttle.Guesses
	sessions *sessions
	refusals throttle.Minutely[Refusal]

	ctx     context.Context // ends with the server
	cancel  context.CancelFunc
	running sync.WaitGroup // accepting, and one for each connection
}

// Start checks the configuration, listens, and serves until Close. The error names everything that is
// wrong with the configuration.
func Start(files FileSystem, c Config) (*Server, error) {
	ports, err := c.check()
	if err != nil {
		return nil, fmt.Errorf("FTP server configuration: %w", err)
	}
	if c.Listener == nil {
		if c.Listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", c.Addr); err != nil {
			return nil, fmt.Errorf("FTP server: %w", err)
		}
	}
	c.setDefaults()
	s := &Server{
		config: c, files: files, ports: ports, portWait: portWait, listener: c.Listener, log: c.Log,
		account: accountOf(c.User, c.Password), sessions: newSessions(c.MaxSessions, c.MaxPerClient),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.running.Go(s.accept)
	return s, nil
}

func (c *Config) check() (ports portRange, err error) {
	var bad []error
	if c.User == "" || c.Password == "" {
		bad = append(bad, errors.New("the account needs a user and a password"))
	}
	if c.RequireTLS && c.TLS == nil {
		bad = append(bad, errors.New("TLS is required, but there is no certificate"))
	}
	if c.PublicIP != "" && net.ParseIP(c.PublicIP).To4() == nil {
		bad = append(bad, fmt.Errorf("the public address %q is not an IPv4 address", c.PublicIP))
	}
	if ports, err = parsePorts(c.PassivePorts); err != nil {
		bad = append(bad, err)
	}
	if c.MaxSessions < 0 || c.MaxPerClient < 0 || c.Idle < 0 || c.MaxTransfer < 0 {
		bad = append(bad, errors.New("a limit is negative"))
	}
	return ports, errors.Join(bad...)
}

func (c *Config) setDefaults() {
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
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// accept serves connections until the listener is closed.
func (s *Server) accept() {
	for {
		raw, err := s.listener.Accept()
		switch {
		case err == nil:
			c := newConn(s, raw)
			if !s.sessions.admit(c) {
				c.cut()
				return
			}
			s.running.Go(c.serve)
		case errors.Is(err, net.ErrClosed):
			return
		case !pause.For(s.ctx, acceptPause):
			return
		}
	}
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close stops the server: no new connections, and those that are open are cut. It returns when
// everything has stopped.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.sessions.close()
	s.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// accountOf is a hash of a user and a password. Comparing hashes takes the same time for any length.
func accountOf(user, password string) [sha256.Size]byte {
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	return sha256.Sum256(append(u[:], p[:]...))
}

// isAccount takes the same time however much of a password is right.
func (s *Server) isAccount(user, password string) bool {
	tried := accountOf(user, password)
	return subtle.ConstantTimeCompare(tried[:], s.account[:]) == 1
}

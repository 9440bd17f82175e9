// Package ftpstore is a store behind an FTP server.
package ftpstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/store/internal/tree"
)

// defaultIdle is how long a [Store] waits for its server's next byte.
const defaultIdle = 20 * time.Second

// Config says where a store is and how to use it.
type Config struct {
	// URL is ftp://user@host:port/path, or ftps://… for the same with explicit TLS (AUTH TLS, RFC 4217).
	// The default user is anonymous, the default port 21. The path is relative to the directory after
	// logging in (RFC 1738, section 3.2.2): ftp://host//srv/store means /srv/store.
	URL      string
	Password string
	CAFile   string        // PEM; trust these authorities instead of the system's
	Idle     time.Duration // how long to wait for the server's next byte; 0: 20 s
	// Patience is how long to wait while the server has no session left; 0: 10 minutes.
	Patience time.Duration
	// Dial makes connections; nil: a [net.Dialer] does.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Existing never makes the directory in the URL.
	Existing bool
	// ReadBack reads each file again after it was sent, if the server cannot hash it.
	ReadBack bool
}

// Store is a store behind an FTP server. It keeps connections open for a moment between calls. Each method
// returns an error within moments if the server cannot be reached, refuses, or falls silent, and at once
// when its context ends. Before that, an upload whose connection breaks is resumed a few times. While the
// server has no session left, calls wait; see [store.WithWaits].
type Store struct {
	tree.Store
	tree                       remoteTree
	addr, user, password, base string
	tls                        *tls.Config
	idle                       time.Duration
	connect                    dialFunc
	readBack                   bool
	noSums                     atomic.Bool // the server does not have XSHA256

	patience time.Duration
	existing bool
	seen     atomic.Bool // the directory existed

	mu       sync.Mutex
	budget   budget
	changed  chan struct{} // closed when waiting calls should look again
	kept     []*session    // idle
	why      error         // why the last attempt to open a session failed; nil: it did not
	keepTime time.Duration
	timer    *time.Timer // for dropOld; nil when none is due
	closed   bool
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// New checks a configuration; it does not connect. The error names everything that is wrong, and never
// the password.
func New(c Config) (*Store, error) {
	r := &Store{password: c.Password, idle: c.Idle, readBack: c.ReadBack, existing: c.Existing, patience: c.Patience, changed: make(chan struct{})}
	if r.idle == 0 {
		r.idle = defaultIdle
	}
	if r.patience == 0 {
		r.patience = defaultPatience
	}
	var bad []error
	if c.Idle < 0 {
		bad = append(bad, errors.New("the idle time is negative"))
	}
	if strings.ContainsAny(c.Password, "\r\n\x00") {
		bad = append(bad, errors.New("the password holds a line break"))
	}
	host, secure, err := r.parseURL(c.URL)
	bad = append(bad, err)
	switch {
	case secure:
		// Uploads end with a close. With TLS 1.3, unread session tickets may turn that into a reset,
		// which loses the end of the file; and servers that want a resumed session on data connections
		// (vsftpd's require_ssl_reuse) need the ticket early.
		r.tls = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
		if c.CAFile != "" {
			r.tls.RootCAs, err = readAuthorities(c.CAFile)
			bad = append(bad, err)
		}
	case c.CAFile != "" && host != "":
		bad = append(bad, errors.New("a CA file needs ftps://"))
	}
	if err := errors.Join(bad...); err != nil {
		return nil, fmt.Errorf("store configuration: %w", err)
	}
	if r.connect = c.Dial; r.connect == nil {
		r.connect = (&net.Dialer{Timeout: r.idle}).DialContext
	}
	r.keepTime = min(keepTime, r.idle)
	r.tree = remoteTree{r}
	r.Store = tree.New(r.tree)
	return r, nil
}

func (r *Store) parseURL(s string) (host string, secure bool, err error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", false, errors.New("invalid URL") // err would show the URL, and a password in it
	}
	host = u.Hostname()
	_, hasPassword := u.User.Password()
	switch {
	case u.Scheme != "ftp" && u.Scheme != "ftps":
		return "", false, fmt.Errorf("the URL begins with %q instead of ftp:// or ftps://", u.Scheme)
	case host == "":
		return "", false, errors.New("the URL names no host")
	case hasPassword:
		return host, false, errors.New("the URL holds a password, which belongs elsewhere")
	case u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return host, false, errors.New("the URL has more than a host and a path")
	case strings.ContainsAny(u.Path+u.User.Username(), "\r\n\x00"):
		return host, false, errors.New("the URL holds a line break")
	}
	port := u.Port()
	if port == "" {
		port = "21"
	}
	r.addr = net.JoinHostPort(host, port)
	if r.user = u.User.Username(); r.user == "" {
		r.user = "anonymous"
	}
	r.base = strings.TrimPrefix(u.Path, "/")
	return host, u.Scheme == "ftps", nil
}

func readAuthorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the CA file %s holds no certificate in PEM", file)
	}
	return pool, nil
}

// Ping reports whether logging in works and the directory exists, which it makes if it never existed. It does
// not wait: the error is a [store.ErrBusy] if the server has no session left.
func (r *Store) Ping(ctx context.Context) error {
	return r.do(tree.WithoutWait(ctx), "looking at the store", func(s *session) error {
		return s.makeDir(s.base)
	})
}

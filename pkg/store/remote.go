package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jlaffaye/ftp"
)

// defaultIdle is how long a [Remote] waits for its server's next byte.
const defaultIdle = 20 * time.Second

// RemoteConfig says where a store is.
type RemoteConfig struct {
	// URL is ftp://user@host:port/path, or ftps://… for the same with explicit TLS (AUTH TLS, RFC
	// 4217). The user is anonymous and the port 21 if not given. As everywhere with FTP (RFC 1738,
	// section 3.2.2), the path starts where the user does after logging in: ftp://host//srv/store
	// names /srv/store wherever that is.
	URL      string
	Password string
	CAFile   string        // PEM; trust these authorities instead of the system's
	Idle     time.Duration // 0 means defaultIdle
	// Patience is for how long to wait while the server has no session for us; 0 means defaultPatience.
	Patience time.Duration
	// Existing leaves it to others to make the directory that the URL names.
	Existing bool
	// ReadBack reads each file again after it was sent, where the server has no way to tell its hash.
	ReadBack bool
}

// Remote is a store behind an FTP server. It keeps connections open for a moment between calls. Its
// methods may be called at the same time; each returns an error within moments when the server cannot be
// reached, refuses, or falls silent, and at once when its context is over. An upload whose connection
// breaks is gone on with a few times before that. While the server has no session left, calls wait; see
// [WithWaits].
type Remote struct {
	treeStore
	addr, user, password, base string
	tls                        *tls.Config
	idle                       time.Duration
	connect                    dialFunc
	readBack                   bool
	noSums                     atomic.Bool // the server knows no XSHA256

	patience time.Duration
	existing bool
	seen     atomic.Bool // the directory was there

	mu       sync.Mutex
	budget   budget
	changed  chan struct{} // closed when somebody who waits should look again
	kept     []*session    // idle
	why      error         // the last attempt to open a session failed; nil: it did not
	keepTime time.Duration
	timer    *time.Timer // for dropOld; nil when none is due
	closed   bool
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// NewRemote checks a configuration; it does not connect. The error names everything that is wrong
// with it, and never the password.
func NewRemote(c RemoteConfig) (*Remote, error) {
	r := &Remote{password: c.Password, idle: c.Idle, readBack: c.ReadBack, existing: c.Existing, patience: c.Patience, changed: make(chan struct{})}
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
		// Uploads end with a close. Under TLS 1.3 the server's session tickets may then still lie
		// unread, which turns the close into a reset and loses the file's tail; and servers that ask
		// for a resumed session on data connections (vsftpd's require_ssl_reuse) need the ticket early.
		r.tls = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
		if c.CAFile != "" {
			r.tls.RootCAs, err = readAuthorities(c.CAFile)
			bad = append(bad, err)
		}
	case c.CAFile != "" && host != "":
		bad = append(bad, errors.New("a CA file is of no use without ftps://"))
	}
	if err := errors.Join(bad...); err != nil {
		return nil, fmt.Errorf("store configuration: %w", err)
	}
	r.connect = (&net.Dialer{Timeout: r.idle}).DialContext
	r.keepTime = min(keepTime, r.idle)
	r.tree = remoteTree{r}
	return r, nil
}

func (r *Remote) parseURL(s string) (host string, secure bool, err error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", false, errors.New("the URL cannot be read") // err would show the URL, and a password in it
	}
	host = u.Hostname()
	_, hasPassword := u.User.Password()
	switch {
	case u.Scheme != "ftp" && u.Scheme != "ftps":
		return "", false, fmt.Errorf("the URL begins with %q instead of ftp:// or ftps://", u.Scheme)
	case host == "":
		return "", false, errors.New("the URL names no host")
	case hasPassword:
		return host, false, errors.New("the URL holds a password; it is to be given by itself")
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

// Ping reports whether the server lets us in, and whether the directory is there that the URL names; it
// makes one if need be, but not in place of one that was there before. It does not wait: the error is an [ErrBusy] where the server is there, and has no session left.
func (r *Remote) Ping(ctx context.Context) error {
	return r.do(withoutWait(ctx), "looking at the store", func(s *session) error {
		return s.makeDir(s.base)
	})
}

// explain says what was being attempted and where. It keeps the password out even where a server
// repeats it, and makes the replies of a full server an ErrFull.
func (r *Remote) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if text := r.veil(err.Error()); text != err.Error() {
		err = veiled{err, text}
	}
	if text := err.Error(); strings.Contains(text, "\n") {
		// What broke first, and what the server then said of it: the server knows more, so it comes first.
		if reply, ok := errors.AsType[*textproto.Error](err); ok {
			text = fmt.Sprintf("%d %s; %s", reply.Code, reply.Msg, text)
		}
		err = veiled{err, r.veil(strings.ReplaceAll(text, "\n", "; "))}
	}
	_, ours := errors.AsType[writerError](err)
	switch code := protocolCode(err); {
	case ctx.Err() != nil:
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	case ours:
		return fmt.Errorf("%s: %w", doing, err)
	case saysFull(err):
		err = fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, ErrBusy):
	case code == ftp.StatusNotLoggedIn:
		err = fmt.Errorf("%w: %w", ErrLogin, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("no answer for %v: %w", r.idle, err)
	}
	if unavailable(err) && ctx.Err() == nil && !errors.Is(err, ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return fmt.Errorf("%s at %s: %w", doing, r.addr, err)
}

// veil takes the password out of a text.
func (r *Remote) veil(text string) string {
	if r.password == "" {
		return text
	}
	return strings.ReplaceAll(text, r.password, "[password]")
}

// veiled is an error with another text.
type veiled struct {
	error
	text string
}

func (v veiled) Error() string { return v.text }
func (v veiled) Unwrap() error { return v.error }

package main

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"smalti/pkg/config"
	"smalti/pkg/ftpserver"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
	"smalti/pkg/systemd"
)

// ownStore says how the store in this process is served.
type ownStore struct {
	listen, user, ports, publicIP string
	cert, key                     string
	requireTLS                    bool
	quota                         int // GB
	sessions, sessionsPerClient   int
}

func (o *ownStore) define(s *config.Set) {
	s.Group("The store of web itself, where there is no -store")
	s.StringVar(&o.listen, "store-listen", "", "`address` of its FTP server (default localhost:2121 with -redis, any free port without)")
	s.StringVar(&o.user, "store-user", "smalti", "user `name` of its FTP server")
	s.StringVar(&o.ports, "store-passive-ports", "", "`range` of its passive ports, as 30000-30099 (default any)")
	s.StringVar(&o.publicIP, "store-public-ip", "", "`IP` address that it tells its clients behind a NAT (default the one that they dialled)")
	s.StringVar(&o.cert, "store-cert", "", "PEM `file` with its certificate: turns explicit TLS on")
	s.StringVar(&o.key, "store-key", "", "PEM `file` with the key of that certificate")
	s.BoolVar(&o.requireTLS, "store-require-tls", false, "let nobody in without TLS; needs -store-cert")
	s.IntVar(&o.quota, "store-quota", 0, "`GB` that workers may fill it with (default no limit)")
	s.IntVar(&o.sessions, "store-sessions", ftpserver.DefaultSessions, "FTP `sessions` that it has at a time; each worker takes up to 16, and waits where there are fewer")
	s.IntVar(&o.sessionsPerClient, "store-sessions-per-client", 0, "`sessions` that one IPv4 address or IPv6 /64 may have of these (default three quarters)")
	s.Check(o.check)
}

func (o *ownStore) check() error {
	var mistakes []error
	if o.listen != "" {
		mistakes = append(mistakes, checkAddress("store-listen", o.listen))
	}
	if o.quota < 0 {
		mistakes = append(mistakes, errors.New("-store-quota: must not be negative"))
	}
	if o.sessions < 1 || o.sessionsPerClient < 0 {
		mistakes = append(mistakes, errors.New("-store-sessions: must be at least 1"))
	}
	if o.requireTLS && o.cert == "" {
		mistakes = append(mistakes, errors.New("-store-require-tls: needs -store-cert"))
	}
	if (o.cert == "") != (o.key == "") {
		mistakes = append(mistakes, errors.New("-store-cert and -store-key go together"))
	} else if _, err := o.certificate(); err != nil {
		mistakes = append(mistakes, err)
	}
	return errors.Join(mistakes...)
}

// certificate returns nil without a certificate.
func (o *ownStore) certificate() (*tls.Config, error) {
	if o.cert == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, fmt.Errorf("-store-cert: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}, nil
}

// openOwnStore opens the store in this process, and serves it to workers.
func (sys *system) openOwnStore() (*openedStore, error) {
	dir, err := dirstore.Open(filepath.Join(sys.settings.data, "store"))
	if err != nil {
		return nil, err
	}
	sys.onClose(dir.Close)
	password := sys.settings.store.Password()
	if password == "" {
		password = rand.Text()
	}
	if err := sys.serveStore(dir, password); err != nil {
		return nil, err
	}
	opened := &openedStore{files: dir, cleaner: sys.cleanerOf(dir)}
	if sys.settings.workers > 0 {
		opened.worker, err = sys.dialOwnStore(password)
	}
	return opened, err
}

// serveStore starts the FTP server of this process.
func (sys *system) serveStore(dir *dirstore.Store, password string) error {
	o := &sys.settings.ownStore
	c := ftpserver.Config{
		User: o.user, Password: password, PassivePorts: o.ports, PublicIP: o.publicIP, Log: sys.log,
		RequireTLS: o.requireTLS, Refused: sys.refused, MaxSessions: o.sessions, MaxPerClient: o.sessionsPerClient,
	}
	var err error
	if c.TLS, err = o.certificate(); err != nil {
		return err
	}
	if c.Listener, err = systemd.Listen("store", o.listen); err != nil {
		return fmt.Errorf("-store-listen: %w", err)
	}
	ftp, err := ftpview.Serve(dir, ftpview.Limits{Bytes: int64(o.quota) * 1e9}, c)
	if err != nil {
		return fmt.Errorf("-store-listen: %w", err)
	}
	sys.onClose(ftp.Close)
	sys.storeAddr = ftp.Addr()
	return nil
}

// dialOwnStore reaches the store in this process the way that workers elsewhere do.
func (sys *system) dialOwnStore(password string) (*ftpstore.Store, error) {
	o := &sys.settings.ownStore
	scheme := "ftp"
	if o.cert != "" {
		scheme = "ftps"
	}
	_, port, _ := net.SplitHostPort(sys.storeAddr.String())
	r, err := ftpstore.New(ftpstore.Config{
		URL: fmt.Sprintf("%s://%s@localhost:%s/", scheme, o.user, port), Password: password, CAFile: o.cert,
	})
	if err == nil {
		sys.onClose(r.Close)
	}
	return r, err
}

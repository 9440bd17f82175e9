package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/friends"
	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/limit"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/store"
	"smalti/pkg/worker"
)

// settings is the whole configuration of the web front end.
type settings struct {
	listen    string
	publicURL string
	data      string
	keep      time.Duration
	log       config.Log
	admin     admin.Flags
	wait      time.Duration // how long people should wait for a worker, at most

	redis, redisPassword        string
	minReplicas                 int
	maxWaiting                  int
	waitingClient, waitingTotal limit.Size // of packages, in bytes
	strict                      bool

	store, storePassword, storeCA                  string // somebody else's store
	storeListen, storeUser, storePorts, storePubIP string // our own
	storeCert, storeKey                            string
	storeReadBack, storeRequireTLS                 bool
	storeQuota                                     int // GB
	storeSessions, storeSessionsPerClient          int
	scrub                                          int // MB a second

	workers      int
	memory       int64 // MB that this process may use when it renders; 0: as much as there is
	allowPrivate bool

	cache, cachePassword string
	limits               limitSettings
	networks             friends.Config
}

// single reports whether this process is the whole system.
func (c *settings) single() bool { return c.redis == "" }

func readSettings(args []string, getenv func(string) string, out io.Writer) (*settings, error) {
	c := &settings{}
	s := config.New("web", getenv, out)
	s.StringVar(&c.listen, "listen", "localhost:8080", "`address` of the pages")
	s.StringVar(&c.publicURL, "public-url", "", "`URL` under which browsers find the pages, as https://smalti.example; for links that are shared (default what each browser used)")
	s.StringVar(&c.data, "data", defaultData(getenv), "`directory` for the journal and the store; one process at a time")
	s.DurationVar(&c.keep, "keep", 30*24*time.Hour, "how long a finished mosaic is kept, at least 1h")
	s.StringVar(&c.redis, "redis", "", "`URL` of Redis, as redis://host:6379/0 or rediss://; without it, this process is the whole system")
	redisPassword := s.Password("redis-password", "`file` with the password of Redis")
	s.IntVar(&c.minReplicas, "redis-min-replicas", 0, "accept a mosaic only once this `many` replicas of Redis have it")
	c.waitingClient, c.waitingTotal = 64<<20, 1<<30
	s.TextVar(&c.waitingClient, "waiting-client", c.waitingClient, "`bytes` of requests of one client that may wait, as 64MiB; each friend takes some hundred")
	s.TextVar(&c.waitingTotal, "waiting-total", c.waitingTotal, "`bytes` of requests of all clients together that may wait, as 1GiB: Redis needs a quarter more")
	s.IntVar(&c.maxWaiting, "max-waiting", 10_000, "refuse more mosaics while this `many` wait on one of the two lists")
	s.BoolVar(&c.strict, "strict", false, "end with exit code 78 where Redis is not set up to keep what it acknowledges, or the store is not the one of the other web servers, instead of warning")
	s.Func("store", "`URL` of a store elsewhere, as ftp://user@host:21/ (ftps:// for explicit TLS); given twice, a mosaic is done when one store has it, and the other catches up; without it, the store is in this process", func(url string) error {
		c.store = strings.TrimSpace(c.store + " " + url)
		return nil
	})
	s.BoolVar(&c.storeReadBack, "store-read-back", false, "read each file back from a store elsewhere that cannot tell its SHA-256, before a mosaic is called done")
	storePassword := s.Password("store-password", "`file` with the password of the store; that of our own is made up when there is none and nobody else needs it")
	s.StringVar(&c.storeCA, "store-ca", "", "PEM `file` with the authority that signed the certificate of a store elsewhere")
	s.StringVar(&c.storeListen, "store-listen", "", "`address` of our own store's FTP server (default localhost:2121 with -redis, any free port without)")
	s.StringVar(&c.storeUser, "store-user", "smalti", "user `name` of our own store")
	s.StringVar(&c.storePorts, "store-passive-ports", "", "`range` of passive ports of our own store, as 30000-30099 (default any)")
	s.StringVar(&c.storePubIP, "store-public-ip", "", "`IP` address that our own store tells its clients, where it is not the one it listens on")
	s.StringVar(&c.storeCert, "store-cert", "", "PEM `file` with the certificate of our own store: turns explicit TLS on")
	s.BoolVar(&c.storeRequireTLS, "store-require-tls", false, "let nobody into our own store without TLS")
	s.IntVar(&c.storeQuota, "store-quota", 0, "`GB` that workers may fill our own store with (default no limit)")
	s.IntVar(&c.storeSessions, "store-sessions", ftpserver.DefaultSessions, "`sessions` that our own store has at a time; each worker takes up to 16")
	s.IntVar(&c.storeSessionsPerClient, "store-sessions-per-client", 0, "`sessions` that one IPv4 address or IPv6 /64 may have of these (default three quarters)")
	s.IntVar(&c.scrub, "scrub", 4, "`MB` a second at which finished mosaics are read again, to find and mend damaged ones; 0 turns it off")
	s.StringVar(&c.storeKey, "store-key", "", "PEM `file` with the key of that certificate")
	s.IntVar(&c.workers, "workers", -1, "rendering workers in this process (default 1 without -redis, 0 with)")
	s.Int64Var(&c.memory, "memory", 0, "`MB` that this process may use, for the workers in it; what a mosaic needs is known before it starts (default what the control group, or else the machine, allows)")
	s.Check(func() error { return worker.CheckMemory(c.memory) })
	s.BoolVar(&c.allowPrivate, "allow-private", false, "look up friends, and download photos, at private addresses and without TLS, too: for a closed network only")
	s.StringVar(&c.networks.Contact, "contact", "", "`address` of a page or of mail by which other servers can reach whoever runs this one; they are told it with every question")
	githubToken := s.Secret("github-token", "`file` with a token for GitHub, which then answers 5,000 questions an hour instead of 60")
	tokens := s.Secret("tokens", "`file` with tokens for servers that want one, a line for each: https://host token")
	s.Check(func() (err error) {
		c.networks.Tokens, err = readTokens(*githubToken, *tokens)
		return err
	})
	s.Check(func() error { return checkContact(c.networks.Contact) })
	s.StringVar(&c.cache, "cache", "", "`URL` of a Redis in which prepared photos are kept for a day, and which may be lost at any time (default the one of -redis, or memory)")
	cachePassword := s.Password("cache-password", "`file` with the password of that Redis")
	c.limits.flags(s)
	c.log.Flags(s)
	c.admin.Define(s)
	s.DurationVar(&c.wait, "wanted-wait", 30*time.Second, "how long a mosaic should wait for a worker, at most: says how many workers are wanted")
	s.Check(func() error { return checkAddress("listen", c.listen) })
	s.Check(func() error { return checkPublicURL(c.publicURL) })
	s.Check(func() error {
		if c.storeListen == "" {
			return nil
		}
		return checkAddress("store-listen", c.storeListen)
	})
	s.Check(func() error { return c.checkRedis(*redisPassword) })
	s.Check(func() error { return c.checkStore(*storePassword) })
	s.Check(c.checkCache)
	s.Check(func() error {
		if c.keep < job.MinKeep {
			return errors.New("-keep: less than an hour would delete mosaics that people are looking at")
		}
		if c.keep > job.MaxKeep {
			return errors.New("-keep: more than ten years is no lifetime that could be kept")
		}
		if c.wait < time.Second {
			return errors.New("-wanted-wait: less than a second is no wait that workers could be planned for")
		}
		return nil
	})
	if err := s.Parse(args); err != nil {
		return nil, err
	}
	c.redisPassword, c.storePassword, c.cachePassword = *redisPassword, *storePassword, *cachePassword
	c.publicURL = strings.TrimSuffix(c.publicURL, "/")
	c.networks.AllowPrivate = c.allowPrivate
	c.fillIn()
	return c, nil
}

func (c *settings) checkRedis(password string) error {
	if c.maxWaiting < 1 {
		return errors.New("-max-waiting: at least one mosaic must be able to wait")
	}
	if min(c.waitingClient, c.waitingTotal) < job.MaxPackageBytes {
		return errors.New("-waiting-client, -waiting-total: there must be room for one request, which is 4MiB")
	}
	if c.single() {
		if password != "" {
			return errors.New("-redis-password-file: there is no -redis to use it on")
		}
		if c.minReplicas != 0 {
			return errors.New("-redis-min-replicas: there is no -redis that could have replicas")
		}
		return nil
	}
	q, err := queue.Open(queue.Config{Redis: redisconn.Config{URL: c.redis, Password: password}, MinReplicas: c.minReplicas}) // does not connect
	if err != nil {
		return fmt.Errorf("-redis: %w", err)
	}
	return q.Close()
}

func (c *settings) checkCache() error {
	if c.cache == "" {
		return nil
	}
	if _, err := (redisconn.Config{URL: c.cache}).Options(); err != nil {
		return fmt.Errorf("-cache: %w", err)
	}
	return nil
}

func (c *settings) checkStore(password string) error {
	var wrong []error
	if c.store != "" {
		if c.storeListen != "" || c.storeCert != "" {
			wrong = append(wrong, errors.New("-store: with a store elsewhere, this process has none of its own to set up (-store-listen, -store-cert)"))
		}
		_, err := store.OpenRemotes(c.store, store.RemoteConfig{Password: password, CAFile: c.storeCA}) // does not connect
		if err != nil {
			wrong = append(wrong, fmt.Errorf("-store: %w", err))
		}
	} else if !c.single() && password == "" {
		wrong = append(wrong, errors.New("-store-password-file: workers elsewhere need a password for the store in this process"))
	}
	if c.scrub < 0 {
		wrong = append(wrong, errors.New("-scrub: is negative"))
	}
	if c.storeQuota < 0 {
		wrong = append(wrong, errors.New("-store-quota: is negative"))
	}
	if c.storeSessions < 1 || c.storeSessionsPerClient < 0 {
		wrong = append(wrong, errors.New("-store-sessions: workers need some"))
	}
	if c.storeRequireTLS && c.storeCert == "" {
		wrong = append(wrong, errors.New("-store-require-tls: needs -store-cert"))
	}
	if (c.storeCert == "") != (c.storeKey == "") {
		wrong = append(wrong, errors.New("-store-cert and -store-key go together"))
	} else if c.storeCert != "" {
		if _, err := tls.LoadX509KeyPair(c.storeCert, c.storeKey); err != nil {
			wrong = append(wrong, fmt.Errorf("-store-cert: %w", err))
		}
	}
	return errors.Join(wrong...)
}

// fillIn sets the defaults that depend on other settings.
func (c *settings) fillIn() {
	if c.storeListen == "" {
		c.storeListen = "localhost:2121"
		if c.single() {
			c.storeListen = "localhost:0"
		}
	}
	if c.workers < 0 {
		c.workers = 0
		if c.single() {
			c.workers = 1
		}
	}
}

func checkAddress(flag, address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("-%s: %q is not of the form host:port", flag, address)
	}
	return nil
}

// checkPublicURL takes a scheme and a host: the pages are at the root of their host.
func checkPublicURL(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("-public-url: %q is not of the form https://host", address)
	}
	return nil
}

// defaultData is where systemd says, or else where a person's programs keep their state (XDG Base
// Directory Specification, $XDG_STATE_HOME).
func defaultData(getenv func(string) string) string {
	if dir := getenv("STATE_DIRECTORY"); dir != "" {
		return dir
	}
	if dir := getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "smalti")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "smalti-data"
	}
	return filepath.Join(home, ".local", "state", "smalti")
}

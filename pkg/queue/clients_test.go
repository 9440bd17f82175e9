package queue

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestOptions(t *testing.T) {
	for _, tc := range []struct {
		cfg     Config
		addrs   string
		user    string
		pass    string
		db      int
		tls     bool
		master  string
		cluster bool
	}{
		{cfg: Config{URL: "redis://localhost"}, addrs: "localhost:6379"},
		{cfg: Config{URL: "redis://:p%40ss@[::1]:7000/3"}, addrs: "[::1]:7000", pass: "p@ss", db: 3},
		{cfg: Config{URL: "rediss://me:old@example.org", Password: "new"}, addrs: "example.org:6379", user: "me", pass: "new", tls: true},
		{cfg: Config{URL: "redis+sentinel://me:pw@a,b:1/2?master=main", Username: "you"}, addrs: "a:26379 b:1", user: "you", pass: "pw", db: 2, master: "main"},
		{cfg: Config{URL: "rediss+cluster://a:1,b:2"}, addrs: "a:1 b:2", tls: true, cluster: true},
	} {
		o, err := options(tc.cfg)
		if err != nil {
			t.Errorf("%s: %v", tc.cfg.URL, err)
			continue
		}
		if strings.Join(o.Addrs, " ") != tc.addrs || o.Username != tc.user || o.Password != tc.pass || o.DB != tc.db ||
			(o.TLSConfig != nil) != tc.tls || o.MasterName != tc.master || o.IsClusterMode != tc.cluster {
			t.Errorf("%s gives %+v", tc.cfg.URL, o)
		}
	}
}

func TestBadURLsKeepTheirPassword(t *testing.T) {
	for _, u := range []string{
		"", "localhost:6379", "http://:secret@localhost", "redis://:secret#x@localhost", "redis://:sec/secret@localhost/0",
		"redis://:secret@localhost:port", "redis://:%zzsecret@localhost", "redis://:secret@localhost/secret",
		"redis://:secret@a:1,b:2", "redis+sentinel://:secret@a,b", "redis://:secret@a?master=x", "redis+cluster://:secret@",
		"redis+cluster://:secret@a/1", "redis://:secret@a?secret=1", "redis://:secret@a?%zzsecret", "secret://x", "redis+secret://x",
	} {
		q, err := Open(Config{URL: u})
		if err == nil {
			q.Close()
			t.Errorf("Open(%q) took it", u)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%q): %v", u, err)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for _, cfg := range []Config{{Lease: -1}, {Grace: 1}, {MaxAttempts: -1}, {MinReplicas: -1}, {Keep: -1}} {
		cfg.URL = "redis://localhost"
		if q, err := Open(cfg); err == nil {
			q.Close()
			t.Errorf("Open(%+v) took it", cfg)
		}
	}
}

// The kind of client follows from the URL, and the pop client never repeats.
func TestPopClientNeverRepeats(t *testing.T) {
	for _, u := range []string{"redis://a", "redis+sentinel://a?master=m", "redis+cluster://a"} {
		q, err := Open(Config{URL: u})
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		switch c := q.pop.(type) {
		case *redis.Client:
			if o := c.Options(); o.MaxRetries != 0 || o.ContextTimeoutEnabled {
				t.Errorf("%s: pop client with %d retries", u, o.MaxRetries)
			}
		case *redis.ClusterClient:
			if o := c.Options(); o.MaxRetries > 0 || o.ContextTimeoutEnabled {
				t.Errorf("%s: pop client with %d retries", u, o.MaxRetries)
			}
		default:
			t.Errorf("%s: a %T", u, c)
		}
	}
}

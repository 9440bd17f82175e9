package redisconn

import (
	"strings"
	"testing"
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
		{cfg: Config{URL: "redis+sentinel://me:pw@a,b:1/2?master=main"}, addrs: "a:26379 b:1", user: "me", pass: "pw", db: 2, master: "main"},
		{cfg: Config{URL: "rediss+cluster://a:1,b:2"}, addrs: "a:1 b:2", tls: true, cluster: true},
	} {
		o, err := tc.cfg.Options()
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
		c, err := New(Config{URL: u})
		if err == nil {
			_ = c.Close()
			t.Errorf("New(%q) took it", u)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("New(%q): %v", u, err)
		}
	}
}

package queue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// newCommandClient repeats a command whose answer was lost: every script here may be repeated. It
// gives up a connection that is dead without a word soon enough to renew a lease on another one.
func newCommandClient(o redis.UniversalOptions) redis.UniversalClient {
	o.ContextTimeoutEnabled = true
	o.ReadTimeout, o.WriteTimeout = 3*time.Second, 3*time.Second
	return redis.NewUniversalClient(&o)
}

// newPopClient must never repeat a BRPOP: when the connection breaks, the element that was popped is
// gone from the list, and a second BRPOP would silently return the next one. Nor may a context's
// deadline cut a BRPOP short, since it closes the connection under the server, which may just then
// be popping; only the server's own timeout ends it. What is lost nevertheless, Sweep recovers.
func newPopClient(o redis.UniversalOptions, popping *popConnections) redis.UniversalClient {
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = false
	o.PoolSize = popConns
	o.ReadTimeout = popTimeout + popSlack
	o.OnConnect = popping.note
	return redis.NewUniversalClient(&o)
}

// popper is who sends a BRPOP. A cluster's client would repeat it whatever MaxRetries says, so the
// node that has the lists is asked directly.
func (q *Queue) popper(ctx context.Context) (redis.UniversalClient, error) {
	if c, ok := q.pop.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, keyInteractive)
	}
	return q.pop, nil
}

// node is the connection pool of the server that has the keys, for what must stay on one connection.
func (q *Queue) node(ctx context.Context) (redis.UniversalClient, error) {
	if c, ok := q.cmd.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, keyOpen)
	}
	return q.cmd, nil
}

// A parser's own error may quote the part of the URL that it did not understand, and that may be the
// password: so no error here holds any of it.
var (
	errURL = errors.New("the redis URL is not of the form redis://[user[:password]@]host[:port][/db]" +
		" (special characters in a password must be percent-encoded, or the password given by itself)")
	errScheme = errors.New("the redis URL must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://")
	errMaster = errors.New("a redis+sentinel URL names the master: redis+sentinel://host,host?master=name")
)

func options(cfg Config) (*redis.UniversalOptions, error) {
	scheme, rest, _ := strings.Cut(cfg.URL, "://")
	base, kind, _ := strings.Cut(scheme, "+")
	if base != "redis" && base != "rediss" || kind != "" && kind != "sentinel" && kind != "cluster" {
		return nil, errScheme
	}
	// Several hosts are no URL (RFC 3986, section 3.2.2): each becomes one of its own.
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	user, hosts := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	path, rawQuery, _ := strings.Cut(tail, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, errURL
	}
	master := query.Get("master")
	if (kind == "sentinel") != (master != "") {
		return nil, errMaster
	}
	if query.Del("master"); len(query) > 0 {
		return nil, errURL // rather than to ignore what somebody asks for
	}

	o := &redis.UniversalOptions{
		MasterName: master, IsClusterMode: kind == "cluster", SentinelPassword: cfg.SentinelPassword,
		Dialer: cfg.Dial, DialTimeout: 3 * time.Second, DialerRetries: 1,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if kind == "sentinel" && !strings.Contains(strings.TrimPrefix(host, "["), ":") {
			host = net.JoinHostPort(host, "26379")
		}
		one, err := redis.ParseURL(base + "://" + user + host + path)
		if err != nil || host == "" {
			return nil, errURL
		}
		o.Addrs = append(o.Addrs, one.Addr)
		o.Username, o.Password, o.DB, o.TLSConfig = one.Username, one.Password, one.DB, one.TLSConfig
	}
	if kind == "" && len(o.Addrs) > 1 || kind == "cluster" && o.DB != 0 {
		return nil, fmt.Errorf("%w; several hosts need redis+sentinel:// or redis+cluster://, and a cluster has no /db", errURL)
	}
	if o.TLSConfig != nil && len(o.Addrs) > 1 {
		o.TLSConfig.ServerName = "" // each host shows its own certificate
	}
	if cfg.Username != "" {
		o.Username = cfg.Username
	}
	if cfg.Password != "" {
		o.Password = cfg.Password
	}
	return o, nil
}

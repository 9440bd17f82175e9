package redisconn

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The URL parser's errors quote the part they could not read, which may be the password, so no error here
// quotes the URL.
var (
	errURL = errors.New("the redis URL is not of the form redis://[user[:password]@]host[:port][/db]" +
		" (special characters in a password must be percent-encoded, or the password given by itself)")
	errScheme = errors.New("the redis URL must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://")
	errMaster = errors.New("a redis+sentinel URL names the master: redis+sentinel://host,host?master=name")
)

// Options returns the options of a client, with a dial timeout of three seconds. An error never contains a
// password.
func (c Config) Options() (*redis.UniversalOptions, error) {
	scheme, rest, _ := strings.Cut(c.URL, "://")
	base, kind, _ := strings.Cut(scheme, "+")
	if base != "redis" && base != "rediss" || kind != "" && kind != "sentinel" && kind != "cluster" {
		return nil, errScheme
	}
	// A URL has one host (RFC 3986, section 3.2.2), so each host gets a URL of its own.
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
		return nil, errURL // an option that is not supported must not be ignored
	}

	o := &redis.UniversalOptions{
		MasterName: master, IsClusterMode: kind == "cluster",
		Dialer: c.Dial, DialTimeout: 3 * time.Second, DialerRetries: 1,
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
	if c.Password != "" {
		o.Password = c.Password
	}
	return o, nil
}

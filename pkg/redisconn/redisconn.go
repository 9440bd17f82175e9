// Package redisconn makes clients of Redis from a URL: of one server, of a master that sentinels name, or
// of a cluster, with or without TLS.
package redisconn

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// Config says how to reach Redis.
type Config struct {
	// URL is redis://[user[:password]@]host[:port][/db], or rediss:// for TLS; with more hosts,
	// redis+sentinel://host,host[/db]?master=name or redis+cluster://host,host (and rediss+…).
	URL string

	Password string // overrides the one in the URL

	// Dial replaces the TCP (and TLS) dialer; nil: the usual one.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// New returns a client for caches and limits, which must never hold up what they serve: it never repeats
// a command, honors the deadlines of its contexts, and gives up on a connection after a second. It does
// not connect: an error is about the configuration, and never contains a password.
func New(c Config) (redis.UniversalClient, error) {
	o, err := c.Options()
	if err != nil {
		return nil, fmt.Errorf("configuring a Redis client: %w", err)
	}
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = time.Second, time.Second, time.Second
	return redis.NewUniversalClient(o), nil
}

// IsLoginError reports whether Redis has refused the password or user: WRONGPASS since version 6, before
// that "ERR invalid password", and NOAUTH where no password was given.
func IsLoginError(err error) bool {
	for _, prefix := range []string{"WRONGPASS", "NOAUTH", "ERR invalid password"} {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

// LogTo sends the messages of go-redis to log, at debug level: what matters also comes back as an error.
// It affects the whole process, so main calls it once.
func LogTo(log *slog.Logger) { redis.SetLogger(redisLog{log}) }

type redisLog struct{ log *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "go-redis", "message", fmt.Sprintf(format, args...))
}

package queue

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/redisconn"
)

func TestBadConfig(t *testing.T) {
	for _, cfg := range []Config{{Lease: -1}, {Grace: 1}, {MaxAttempts: -1}, {MinReplicas: -1}, {Retention: -1}} {
		cfg.Redis.URL = "redis://localhost"
		if q, err := Open(cfg); err == nil {
			q.Close()
			t.Errorf("Open(%+v) took it", cfg)
		}
	}
}

// The kind of client follows from the URL, and the pop client never repeats.
func TestPopClientNeverRepeats(t *testing.T) {
	for _, u := range []string{"redis://a", "redis+sentinel://a?master=m", "redis+cluster://a"} {
		q, err := Open(Config{Redis: redisconn.Config{URL: u}})
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

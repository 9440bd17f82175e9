package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/pause"
)

// oldest is the first version of Redis that replicates the effects of scripts, and knows CLIENT UNBLOCK.
const oldest = 5

// Inspect checks whether Redis is set up to keep what it acknowledges, and returns a sentence for each
// problem, with its remedy. The error is [ErrUnavailable].
//
// It reads INFO, which access lists allow more often than CONFIG. What Redis does not tell is no problem.
func (o Ops) Inspect(ctx context.Context) (wrong []string, err error) {
	c, err := o.q.node(ctx)
	if err != nil {
		return nil, unavailable("inspecting Redis", err)
	}
	text, err := c.Info(ctx).Result()
	if redis.HasErrorPrefix(err, "NOPERM") {
		return []string{"Redis does not let this user run INFO, so it is unknown whether it keeps what it acknowledges."}, nil
	}
	if err != nil {
		return nil, unavailable("inspecting Redis", err)
	}
	wrong = inspectInfo(text, o.q.cfg.MinReplicas)
	open, err := letsAnybodyIn(ctx, c)
	if err != nil {
		return nil, unavailable("inspecting Redis", err)
	}
	if open {
		wrong = append(wrong, `Anyone who can reach Redis can use it: set "requirepass", or an access list.`)
	}
	return wrong, nil
}

// inspectInfo checks the text that INFO returns: lines of name:value, and comments.
func inspectInfo(text string, minReplicas int) (wrong []string) {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if v := info["redis_version"]; v != "" {
		if major, err := strconv.Atoi(strings.Split(v, ".")[0]); err == nil && major < oldest {
			add("Redis is version %s, and %d is the oldest that works.", v, oldest)
		}
	}
	if info["aof_enabled"] == "0" {
		add(`Redis forgets jobs when it ends: set "appendonly yes".`)
	}
	if s := info["aof_last_write_status"]; s != "" && s != "ok" {
		add("Redis could not write its append-only file: is the disk full?")
	}
	if p := info["maxmemory_policy"]; p != "" && p != "noeviction" {
		add(`Redis may evict jobs when its memory is full (maxmemory-policy %s): set "maxmemory-policy noeviction".`, p)
	}
	if has, err := strconv.Atoi(info["connected_slaves"]); err == nil && has < minReplicas {
		add("Redis has %d replicas, and jobs are accepted only when %d have them.", has, minReplicas)
	}
	return wrong
}

// letsAnybodyIn connects without a password.
func letsAnybodyIn(ctx context.Context, c redis.UniversalClient) (bool, error) {
	one, ok := c.(*redis.Client)
	if !ok {
		return false, errors.New("not the client of a single server")
	}
	o := *one.Options() // a failover client's dialer finds the master
	o.Username, o.Password, o.CredentialsProvider = "", "", nil
	o.PoolSize, o.MaxRetries, o.OnConnect = 1, -1, nil
	stranger := redis.NewClient(&o)
	defer func() { _ = stranger.Close() }()
	err := stranger.Ping(ctx).Err()
	if _, refused := errors.AsType[redis.Error](err); refused {
		return false, nil
	}
	return err == nil, err
}

// InspectOnce is Inspect as soon as Redis can be reached. It returns nothing when ctx ends before that.
func (o Ops) InspectOnce(ctx context.Context) []string {
	for {
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		wrong, err := o.Inspect(limited)
		cancel()
		if err == nil {
			return wrong
		}
		if !pause.For(ctx, time.Second) {
			return nil
		}
	}
}

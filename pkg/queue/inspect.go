package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// oldest is the first version of Redis that runs the scripts as they are meant: since then a script's
// effects are what goes to the replicas and into the append-only file, and CLIENT UNBLOCK is known.
const oldest = 5

// Inspect asks Redis whether it is set up to keep what it acknowledges, and returns one sentence for
// each thing that is not right, with what to do about it. The error is [ErrUnavailable].
//
// It looks at what INFO says, which an access list allows more often than CONFIG; what Redis does not
// say is not complained about.
func (q *Queue) Inspect(ctx context.Context) (wrong []string, err error) {
	c, err := q.node(ctx)
	if err != nil {
		return nil, unavailable("inspecting redis", err)
	}
	text, err := c.Info(ctx).Result()
	if redis.HasErrorPrefix(err, "NOPERM") {
		return []string{"Redis does not let this user run INFO, so nobody knows whether it keeps what it acknowledges."}, nil
	}
	if err != nil {
		return nil, unavailable("inspecting redis", err)
	}
	info := readInfo(text)
	if v := info["redis_version"]; v != "" {
		if major, err := strconv.Atoi(strings.Split(v, ".")[0]); err == nil && major < oldest {
			wrong = append(wrong, fmt.Sprintf("Redis is version %s, and %d is the oldest that works.", v, oldest))
		}
	}
	if info["aof_enabled"] == "0" {
		wrong = append(wrong, `Redis forgets jobs when it ends: set "appendonly yes".`)
	}
	if s := info["aof_last_write_status"]; s != "" && s != "ok" {
		wrong = append(wrong, "Redis could not write its append-only file: is the disk full?")
	}
	if p := info["maxmemory_policy"]; p != "" && p != "noeviction" {
		wrong = append(wrong, fmt.Sprintf(`Redis may throw jobs away when its memory is full (maxmemory-policy %s): set "maxmemory-policy noeviction".`, p))
	}
	open, err := q.letsAnybodyIn(ctx)
	if err != nil {
		return nil, unavailable("inspecting redis", err)
	}
	if open {
		wrong = append(wrong, `Redis lets in whoever can reach it: set "requirepass", or an access list.`)
	}
	if n := q.cfg.MinReplicas; n > 0 {
		if has, err := strconv.Atoi(info["connected_slaves"]); err == nil && has < n {
			wrong = append(wrong, fmt.Sprintf("Redis has %d replicas, and jobs are accepted only when %d have them.", has, n))
		}
	}
	return wrong, nil
}

// letsAnybodyIn tries the door without a password.
func (q *Queue) letsAnybodyIn(ctx context.Context) (bool, error) {
	c, err := q.node(ctx)
	if err != nil {
		return false, err
	}
	one, ok := c.(*redis.Client)
	if !ok {
		return false, errors.New("no single server to ask")
	}
	o := *one.Options() // a failover client's finds the master by its dialler
	o.Username, o.Password, o.CredentialsProvider = "", "", nil
	o.PoolSize, o.MaxRetries, o.OnConnect = 1, -1, nil
	stranger := redis.NewClient(&o)
	defer stranger.Close()
	err = stranger.Ping(ctx).Err()
	if _, said := errors.AsType[redis.Error](err); said {
		return false, nil
	}
	return err == nil, err
}

// readInfo reads the lines of INFO: name:value, and comments.
func readInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

// InspectOnce inspects Redis as soon as it can be reached, and returns what Inspect does; nothing
// when ctx ends before.
func (q *Queue) InspectOnce(ctx context.Context) []string {
	for {
		asking, cancel := context.WithTimeout(ctx, 5*time.Second)
		wrong, err := q.Inspect(asking)
		cancel()
		if err == nil {
			return wrong
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// redisWork is what a Redis has done since its start, by its INFO.
type redisWork struct {
	requests float64 // from clients: a script is one, whatever it runs
	commands float64 // with those inside of scripts
	in, out  float64 // bytes
	busy     float64 // seconds in commands, by which its one thread is held up
}

// asked are the commands that Smalti's programs send themselves; all others are sent by scripts.
var asked = []string{"evalsha", "eval", "brpop", "getrange", "pttl", "ping", "hello", "auth", "client", "script", "config"}

// readWork asks a Redis. Its own questions count, a few of each kind.
func readWork(ctx context.Context, c *redis.Client) (w redisWork, err error) {
	stats, err := c.Info(ctx, "stats").Result()
	if err != nil {
		return w, fmt.Errorf("asking redis: %w", err)
	}
	each, err := c.Info(ctx, "commandstats").Result()
	if err != nil {
		return w, fmt.Errorf("asking redis: %w", err)
	}
	for line := range strings.Lines(stats + "\n" + each) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch key {
		case "total_net_input_bytes":
			w.in = number(value)
		case "total_net_output_bytes":
			w.out = number(value)
		}
		command, ok := strings.CutPrefix(key, "cmdstat_")
		if !ok {
			continue
		}
		calls, usec := field(value, "calls"), field(value, "usec")
		w.commands += calls
		command, _, _ = strings.Cut(command, "|")
		if slices.Contains(asked, command) {
			w.requests += calls
			w.busy += usec / 1e6 // a script's own holds those of its commands
		}
	}
	if w.requests == 0 {
		return w, fmt.Errorf("redis tells nothing of its commands: %q", each)
	}
	return w, nil
}

// field of a line such as "calls=3,usec=17".
func field(list, name string) float64 {
	for part := range strings.SplitSeq(list, ",") {
		if value, ok := strings.CutPrefix(part, name+"="); ok {
			return number(value)
		}
	}
	return 0
}

func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64) // what is no number is no count of ours
	return f
}

func (w redisWork) minus(v redisWork) redisWork {
	return redisWork{w.requests - v.requests, w.commands - v.commands, w.in - v.in, w.out - v.out, w.busy - v.busy}
}

func (w redisWork) times(f float64) redisWork {
	return redisWork{w.requests * f, w.commands * f, w.in * f, w.out * f, w.busy * f}
}

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
	requests float64 // from clients; a script is one
	commands float64 // including those inside scripts
	in, out  float64 // bytes
	busy     float64 // seconds of its one thread in commands
}

// clientCommands are what Smalti's programs send themselves. All other commands come from scripts.
var clientCommands = []string{"evalsha", "eval", "brpop", "getrange", "pttl", "ping", "hello", "auth", "client", "script", "config"}

// readWork asks a Redis. Its own few questions count as well.
func readWork(ctx context.Context, c *redis.Client) (w redisWork, err error) {
	stats := c.InfoMap(ctx, "stats")
	commands := c.InfoMap(ctx, "commandstats")
	if err := stats.Err(); err != nil {
		return w, fmt.Errorf("asking redis: %w", err)
	}
	if err := commands.Err(); err != nil {
		return w, fmt.Errorf("asking redis: %w", err)
	}
	w.in = number(stats.Item("Stats", "total_net_input_bytes"))
	w.out = number(stats.Item("Stats", "total_net_output_bytes"))
	for command, list := range commands.Val()["Commandstats"] {
		command, _, _ = strings.Cut(strings.TrimPrefix(command, "cmdstat_"), "|")
		calls := field(list, "calls")
		w.commands += calls
		if slices.Contains(clientCommands, command) {
			w.requests += calls
			w.busy += field(list, "usec") / 1e6 // of a script, with its commands
		}
	}
	if w.requests == 0 {
		return w, fmt.Errorf("redis has no statistics of its commands: %q", commands.Val())
	}
	return w, nil
}

// field returns a value of a line such as "calls=3,usec=17".
func field(list, name string) float64 {
	_, after, _ := strings.Cut(","+list, ","+name+"=")
	value, _, _ := strings.Cut(after, ",")
	return number(value)
}

func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64) // 0 if Redis does not say
	return f
}

func (w redisWork) minus(v redisWork) redisWork {
	return redisWork{w.requests - v.requests, w.commands - v.commands, w.in - v.in, w.out - v.out, w.busy - v.busy}
}

func (w redisWork) times(f float64) redisWork {
	return redisWork{w.requests * f, w.commands * f, w.in * f, w.out * f, w.busy * f}
}

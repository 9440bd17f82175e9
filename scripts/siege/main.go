//go:build linux

// Command siege attacks a whole Smalti of real processes on this machine while honest people use it, and
// reports what each attack cost them.
//
//	go run ./scripts/siege
//	go run ./scripts/siege -attack readers -for 1m -connections 2000
//	go run ./scripts/siege -system ../other-checkout
//
// Each attack gets a fresh system with default limits: Redis, a web server with the store in it (or two, and
// a separate store, where that matters) and two workers. Attackers and honest people have different loopback
// addresses, since clients are told apart by them. The promises under every attack:
//
//   - no web server ever has more than 150 MB of memory,
//   - no honest request fails, and 95% of them are answered within 500 ms,
//   - an honest postcard starts before the attacker's third job after it was accepted,
//   - and what the attack itself is about, such as that a refusal is short; see the attack.
//
// The exit code is 1 when a promise is broken. Every attack is bounded in time, count and bytes, and nothing
// leaves this machine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/harness"
)

func main() {
	os.Exit(config.Exit("siege", run(config.Signals(), os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

// settings of a siege.
type settings struct {
	attacks     []attack
	duration    time.Duration
	connections int
	source      string // checkout whose programs are attacked; empty: this one
	dir, logs   string
	programs    string
}

var errBroken = errors.New("a promise is broken")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c settings
	if err := c.parse(args, stdout); err != nil {
		return err
	}
	reports, err := c.siege(ctx, stderr)
	writeTable(stdout, reports)
	if slices.ContainsFunc(reports, func(r report) bool { return len(r.broken()) > 0 }) {
		err = errors.Join(err, errBroken)
	}
	return err
}

func (c *settings) parse(args []string, out io.Writer) error {
	f := config.New("siege", os.Getenv, out)
	f.Func("attack", "`name` of an attack, may be given several times, or all (default all): "+strings.Join(attackNames(), ", "), func(name string) error {
		if name == "all" {
			c.attacks = attacks
			return nil
		}
		i := slices.Index(attackNames(), name)
		if i < 0 {
			return errors.New("there is no such attack")
		}
		c.attacks = append(c.attacks, attacks[i])
		return nil
	})
	f.DurationVar(&c.duration, "for", 30*time.Second, "how long each attack lasts, at most")
	f.IntVar(&c.connections, "connections", 1000, "connections of the attacks that hold many")
	f.StringVar(&c.source, "system", "", "`directory` of another checkout whose programs are attacked")
	f.StringVar(&c.dir, "dir", "", "`directory` for temporary files (default the system's)")
	f.StringVar(&c.logs, "logs", "", "`directory` for the logs of each attacked system")
	f.Check(func() error {
		if c.duration < time.Second || c.duration > 10*time.Minute || c.connections < 1 || c.connections > 5000 {
			return errors.New("-for must be between 1s and 10m, -connections between 1 and 5000")
		}
		return nil
	})
	err := f.Parse(args)
	if len(c.attacks) == 0 {
		c.attacks = attacks
	}
	return err
}

// siege runs the attacks, one after the other.
func (c *settings) siege(ctx context.Context, stderr io.Writer) (reports []report, err error) {
	if c.programs, err = harness.Build(ctx, c.source, c.dir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.programs)) }()
	for _, a := range c.attacks {
		fmt.Fprintf(stderr, "%s: %s\n", a.name, a.about)
		r, err := c.attack(ctx, a)
		if err != nil {
			return reports, fmt.Errorf("%s: %w", a.name, err)
		}
		for _, line := range r.failures {
			fmt.Fprintf(stderr, "%s: failed: %s\n", a.name, line)
		}
		reports = append(reports, r)
		if ctx.Err() != nil {
			return reports, ctx.Err()
		}
	}
	return reports, nil
}

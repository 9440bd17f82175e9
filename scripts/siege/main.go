//go:build linux

// Command siege attacks a whole Smalti of real processes on this machine while honest people use it,
// and says what each attack cost them.
//
//	go run ./scripts/siege
//	go run ./scripts/siege -attack readers -for 1m -connections 2000
//	go run ./scripts/siege -system ../other-checkout
//
// Each attack gets a fresh system: Redis, a web server with the store in it (or two, with a store beside
// them, where that matters) and two workers, with the limits that are their defaults. Attackers and honest people have different loopback addresses, as
// clients are told apart by them. The promises, under every attack:
//
//   - no web server ever has more than 150 MB of memory,
//   - no honest request fails, and 95% of them are answered within 500 ms,
//   - an honest postcard starts before the attacker's third job after it was accepted,
//   - and what the attack itself is about, such as that a refusal is short; see the attack.
//
// It exits with 1 when a promise is broken. Every attack is bounded in time, count and bytes, and nothing
// leaves this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"smalti/pkg/rig"
	"smalti/pkg/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings of a siege.
type settings struct {
	attacks     []attack
	lasts       time.Duration
	connections int
	source      string // checkout whose programs are attacked; empty: this one
	dir, logs   string
}

func (c *settings) parse(args []string, out io.Writer) error {
	f := flag.NewFlagSet("siege", flag.ContinueOnError)
	version.AddFlag(f)
	f.SetOutput(out)
	f.Func("attack", "`name` of an attack, may be given several times, or all (default all): "+strings.Join(attackNames(), ", "), func(name string) error {
		if name == "all" {
			c.attacks = attacks
			return nil
		}
		i := slices.IndexFunc(attacks, func(a attack) bool { return a.name == name })
		if i < 0 {
			return errors.New("there is no such attack")
		}
		c.attacks = append(c.attacks, attacks[i])
		return nil
	})
	f.DurationVar(&c.lasts, "for", 30*time.Second, "how long each attack lasts, at most")
	f.IntVar(&c.connections, "connections", 1000, "connections of the attacks that hold many")
	f.StringVar(&c.source, "system", "", "`directory` of another checkout whose programs are attacked")
	f.StringVar(&c.dir, "dir", "", "`directory` for the data of the run, which is removed (default the system's for temporary files)")
	f.StringVar(&c.logs, "logs", "", "`directory` that gets the logs of each attacked system")
	if err := f.Parse(args); err != nil {
		return err
	}
	if c.lasts < time.Second || c.lasts > 10*time.Minute || c.connections < 1 || c.connections > 5000 {
		return errors.New("-for is between 1s and 10m, -connections between 1 and 5000")
	}
	if len(c.attacks) == 0 {
		c.attacks = attacks
	}
	return nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c settings
	if err := c.parse(args, stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		fmt.Fprintf(stderr, "siege: %v\n", err)
		return 2
	}
	reports, err := c.siege(ctx, stderr)
	tell(stdout, reports)
	if err != nil {
		fmt.Fprintf(stderr, "siege: %v\n", err)
	}
	if err != nil || slices.ContainsFunc(reports, func(r report) bool { return len(r.broken()) > 0 }) {
		return 1
	}
	return 0
}

// siege runs the attacks, one after the other.
func (c *settings) siege(ctx context.Context, stderr io.Writer) (reports []report, err error) {
	dir, err := os.MkdirTemp(c.dir, "smalti-siege-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	programs := filepath.Join(dir, "programs")
	if err := os.Mkdir(programs, 0o700); err != nil {
		return nil, err
	}
	if err := rig.Build(ctx, c.source, programs); err != nil {
		return nil, err
	}
	for _, a := range c.attacks {
		fmt.Fprintf(stderr, "%s: %s\n", a.name, a.about)
		r, err := c.engage(ctx, a, programs, filepath.Join(dir, a.name))
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

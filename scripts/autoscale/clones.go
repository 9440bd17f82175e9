package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// clones counts, starts and stops the workers of this host.
type clones interface {
	count(ctx context.Context) (int, error)
	scale(ctx context.Context, have, next int) error
}

// systemd runs instances of a template unit, numbered from 1 without gaps. Stopping one drains it: systemd sends
// SIGTERM and waits for TimeoutStopSec.
type systemd struct{}

func (systemd) count(ctx context.Context) (int, error) {
	for n := 1; ; n++ {
		// A draining unit is "deactivating". The command fails unless the unit is active.
		state, err := exec.CommandContext(ctx, "systemctl", "is-active", unit(n)).Output()
		if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
			return 0, fmt.Errorf("counting workers: %w", err)
		}
		switch strings.TrimSpace(string(state)) {
		case "active", "activating": // also while it restarts after a crash
		default:
			return n - 1, ctx.Err()
		}
	}
}

func (systemd) scale(ctx context.Context, have, next int) error {
	if next > have {
		return command(ctx, "systemctl", append([]string{"start", "--no-block", "--no-ask-password"}, units(have+1, next)...)...)
	}
	return command(ctx, "systemctl", append([]string{"stop", "--no-block", "--no-ask-password"}, units(next+1, have)...)...)
}

func unit(n int) string { return fmt.Sprintf("smalti-worker@%d.service", n) }

func units(from, to int) (all []string) {
	for n := from; n <= to; n++ {
		all = append(all, unit(n))
	}
	return all
}

// compose runs the service "worker" of the project in this directory. Stopping a container drains it: Docker sends
// SIGTERM and waits for stop_grace_period.
type compose struct{ program []string }

// newCompose finds Compose: the program docker-compose, or else Docker's plugin.
func newCompose() compose {
	if _, err := exec.LookPath("docker-compose"); err == nil {
		return compose{[]string{"docker-compose"}}
	}
	return compose{[]string{"docker", "compose"}}
}

func (c compose) count(ctx context.Context) (int, error) {
	args := append(slices.Clip(c.program), "ps", "-q", "worker")
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
	if err != nil {
		return 0, fmt.Errorf("counting workers: %w", err)
	}
	return len(strings.Fields(string(out))), nil
}

// scale leaves the project's other services alone.
func (c compose) scale(ctx context.Context, _, next int) error {
	args := append(slices.Clip(c.program), "up", "-d", "--no-deps", "--no-recreate", "--scale", fmt.Sprintf("worker=%d", next), "worker")
	return command(ctx, args[0], args[1:]...)
}

func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

// Command autoscale starts and stops workers with the demand: with systemd on a host (smalti-worker@1, @2, …), or
// with Docker Compose. It reads the demand from a web server's admin listener.
//
//	go run ./scripts/autoscale -metrics http://localhost:9100/metrics -with systemd -least 1 -most 8
//
// -hosts is the number of hosts that share the demand, each with an autoscaler of its own. -jobs is how many workers
// each clone counts as.
//
// It scales up at once, since somebody is waiting. It scales down by one worker whenever fewer have been enough
// for -patience. Stopping a worker drains it, so no job is lost.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"smalti/pkg/config"
)

var program = config.Program{Name: "autoscale", Commands: []config.Command{{About: "Starts and stops workers with the demand.", Define: define}}}

func main() { program.Main() }

func define(s *config.Set) config.Run {
	url := s.String("metrics", "http://localhost:9100/metrics", "`URL` of a web server's metrics")
	token := s.Password("admin-token", "`file` with the token of its admin listener")
	with := s.String("with", "systemd", "what runs the clones: systemd or compose")
	least := s.Int("least", 1, "fewest clones here")
	most := s.Int("most", 4, "most clones here")
	hosts := s.Int("hosts", 1, "how many hosts share the demand, each with an autoscaler")
	jobs := s.Int("jobs", 1, "how many jobs each clone works on at once, as its own -jobs says")
	patience := s.Duration("patience", 5*time.Minute, "how long fewer clones must be enough before one is stopped")
	every := s.Duration("every", 15*time.Second, "how often to look")
	s.Check(func() error {
		if *least < 0 || *most < *least {
			return errors.New("-least must be at least 0, and -most at least -least")
		}
		if *hosts < 1 || *jobs < 1 {
			return errors.New("-hosts and -jobs must be at least 1")
		}
		if *every <= 0 || *patience < 0 {
			return errors.New("-every must be positive, -patience must not be negative")
		}
		return nil
	})
	var clones clones
	s.Check(func() error {
		switch *with {
		case "systemd":
			clones = systemd{}
		case "compose":
			clones = newCompose()
		default:
			return fmt.Errorf("-with: %q is neither systemd nor compose", *with)
		}
		return nil
	})
	return func(ctx context.Context, _, stderr io.Writer) error {
		log := slog.New(slog.NewTextHandler(stderr, nil))
		d := decider{least: *least, most: *most, hosts: *hosts, jobs: *jobs, patience: *patience}
		tick := time.NewTicker(*every)
		defer tick.Stop()
		for {
			if err := step(ctx, &d, clones, *url, *token, log); err != nil && ctx.Err() == nil {
				log.Warn("not scaling", "error", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}
}

// step compares demand and workers once, and scales if they differ.
func step(ctx context.Context, d *decider, c clones, url, token string, log *slog.Logger) error {
	wanted, err := ask(ctx, url, token)
	if err != nil {
		return err
	}
	have, err := c.count(ctx)
	if err != nil {
		return err
	}
	next := d.decide(time.Now(), have, wanted)
	if next == have {
		return nil
	}
	log.Info("scaling", "wanted", wanted, "have", have, "next", next)
	return c.scale(ctx, have, next)
}

// ask reads how many workers are needed. It fails if the web server does not know.
func ask(ctx context.Context, url, token string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err != nil || answer.StatusCode != http.StatusOK {
		return 0, errors.Join(fmt.Errorf("%s: %s", url, answer.Status), err)
	}
	for line := range strings.Lines(string(text)) {
		var n int
		if _, err := fmt.Sscanf(line, "smalti_workers_wanted %d", &n); err == nil {
			return n, nil
		}
	}
	return 0, errors.New("no smalti_workers_wanted in the web server's metrics; can it reach Redis?")
}

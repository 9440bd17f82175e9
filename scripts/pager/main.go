// Command pager sends alerts to phones. It is a webhook for Prometheus's Alertmanager: it makes one short sentence
// of each alert, and runs a command for each phone, such as gammu with a modem or a script that calls a gateway.
//
//	go run ./scripts/pager -phones-file /etc/smalti/phones -token-file /etc/smalti/pager \
//	  -command "gammu sendsms TEXT {phone}"
//
// The command gets the sentence on standard input, and as {text} in its arguments; {phone} is the number. It runs
// without a shell. scripts/prometheus/alertmanager.yml is the matching configuration.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/metrics"
)

var program = config.Program{Name: "pager", Commands: []config.Command{{About: "Sends alerts to phones.", Define: define}}}

func main() { program.Main() }

func define(s *config.Set) config.Run {
	addr := s.String("listen", "127.0.0.1:9095", "`address` for Alertmanager (/alerts) and Prometheus (/metrics)")
	token := s.Password("token", "`file` with the token that clients must send; required unless -listen is local")
	numbers := s.Secret("phones", "`file` with phone numbers, one a line, like +491700000000")
	send := s.String("command", "", "`command` that sends its standard input to {phone}")
	most := s.Int("most", 10, "most messages to one phone in an hour")
	again := s.Duration("again", time.Hour, "how long to wait before repeating the same alert")
	s.Check(func() error {
		if err := admin.Check(*addr, *token); err != nil {
			return fmt.Errorf("-listen: %w", err)
		}
		return nil
	})
	s.Check(func() error {
		if !strings.Contains(*send, "{phone}") {
			return errors.New("-command must contain {phone}")
		}
		return nil
	})
	s.Check(func() error {
		if *most < 1 || *again <= 0 {
			return errors.New("-most and -again must be positive")
		}
		return nil
	})
	var to []string
	s.Check(func() (err error) { to, err = phones(*numbers); return err })
	return func(ctx context.Context, stdout, stderr io.Writer) error {
		log := slog.New(slog.NewTextHandler(stderr, nil))
		registry := prometheus.NewRegistry()
		p := newPager(to, strings.Fields(*send), *most, *again, log)
		registry.MustRegister(p.sent)
		l, err := admin.Listen(admin.Config{
			Addr: *addr, Token: *token, Metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), Log: log,
			Refused: metrics.NewAdminRefused(registry),
		})
		if err != nil {
			return err
		}
		l.Handle("POST /alerts", p)
		fmt.Fprintf(stdout, "Taking alerts at http://%s/alerts for %d phones\n", l.Addr(), len(to))
		<-ctx.Done()
		return l.Close()
	}
}

var number = regexp.MustCompile(`^\+?[0-9]{3,15}$`)

// phones reads one number a line, with comments after #.
func phones(file string) (to []string, err error) {
	for line := range strings.Lines(file) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.Join(strings.Fields(line), ""); line == "" {
			continue
		}
		if !number.MatchString(line) {
			return nil, fmt.Errorf("-phones-file: %q is not a phone number (ITU-T E.164)", line)
		}
		to = append(to, line)
	}
	if len(to) == 0 {
		return nil, errors.New("-phones-file has no phone numbers")
	}
	return to, nil
}

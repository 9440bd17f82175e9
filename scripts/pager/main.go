// Command pager sends alerts to phones. It takes what Prometheus's Alertmanager posts to a webhook, makes
// one short plain sentence of each alert, and runs a command for each phone: gammu with a modem, or a
// script that asks a gateway.
//
//	go run ./scripts/pager -phones-file /etc/smalti/phones -token-file /etc/smalti/pager \
//	  -command "gammu sendsms TEXT {phone}"
//
// The sentence is the command's standard input; {phone}, and {text} where a program wants it there, are
// replaced in its words. No shell reads it. scripts/prometheus/alertmanager.yml is the other end.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/metrics"
)

func main() {
	os.Exit(config.Exit("pager", run(config.Signals(), os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s := config.New("pager", os.Getenv, stdout)
	addr := s.String("listen", "127.0.0.1:9095", "`address` that Alertmanager posts to, at /alerts; /metrics is there, too")
	token := s.Password("token", "`file` with the token that it asks for; needed where others can reach it")
	numbers := s.Secret("phones", "`file` with the phones' numbers, one a line, as +491700000000")
	command := s.String("command", "", "`command` that sends its standard input to {phone}")
	most := s.Int("most", 10, "messages to one phone in an hour, at most")
	again := s.Duration("again", time.Hour, "how long the same news of an alert is not sent again")
	s.Check(func() error {
		if err := admin.Check(*addr, *token); err != nil {
			return fmt.Errorf("-listen: %w", err)
		}
		return nil
	})
	s.Check(func() error {
		if !strings.Contains(*command, "{phone}") {
			return errors.New("-command: needs a {phone}")
		}
		return nil
	})
	s.Check(func() error {
		if *most < 1 || *again <= 0 {
			return errors.New("-most, -again: must be positive")
		}
		return nil
	})
	var to []string
	s.Check(func() (err error) { to, err = phones(*numbers); return err })
	if err := s.Parse(args); err != nil {
		return err
	}

	log := slog.New(slog.NewTextHandler(stderr, nil))
	registry := prometheus.NewRegistry()
	p := newPager(to, strings.Fields(*command), *most, *again, log)
	registry.MustRegister(p.sent)
	l, err := admin.Listen(admin.Config{
		Addr: *addr, Token: *token, Metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), Log: log,
		Refused: metrics.NewAdminRefused(registry),
	})
	if err != nil {
		return err
	}
	l.Handle("POST /alerts", p)
	fmt.Fprintf(stdout, "Alerts are taken at http://%s/alerts, for %d phones\n", l.Addr(), len(to))
	<-ctx.Done()
	return l.Close()
}

var number = regexp.MustCompile(`^\+?[0-9]{3,15}$`)

// phones reads the numbers: a line each, with remarks after #.
func phones(file string) (to []string, err error) {
	for line := range strings.Lines(file) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.Join(strings.Fields(line), ""); line == "" {
			continue
		}
		if !number.MatchString(line) {
			return nil, fmt.Errorf("-phones-file: %q is no number (ITU-T E.164)", line)
		}
		to = append(to, line)
	}
	if len(to) == 0 {
		return nil, errors.New("-phones-file: whom to call?")
	}
	return to, nil
}

package main

import (
	"context"
	"io"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/fleet"
	"smalti/pkg/metrics"
	"smalti/pkg/ops"
	"smalti/pkg/queue"
)

// watch makes the metrics of this process, watches the queue for them, and opens the admin listener,
// if one was asked for.
func (sys *system) watch(q *queue.Queue) error {
	sys.registry = metrics.NewRegistry()
	sys.requests = metrics.NewWeb(sys.registry)
	sys.recovered = metrics.NewRecovered(sys.registry)
	c := sys.settings
	if c.admin.Addr == "" {
		return nil
	}
	w := fleet.NewWatcher(q, c.wait, sys.log)
	sys.registry.MustRegister(metrics.NewQueue(w.View), metrics.Disk{Name: "data", Path: c.data})
	sys.running.Go(func() { w.Run(sys.ctx) })
	s, err := admin.Listen(admin.Config{
		Addr: c.admin.Addr, Token: c.admin.Token(), Metrics: metrics.Handler(sys.registry), Log: sys.log,
	})
	if err != nil {
		return err
	}
	sys.onClose(s.Close)
	ops.Add(s, q, w.View, sys.log)
	sys.log.Info("admin listener", "addr", s.Addr().String())
	return nil
}

// watched is what a system measures of itself.
type watched struct {
	registry  *prometheus.Registry
	requests  *metrics.Web
	recovered metrics.Recovered
}

// health asks the web server on this machine whether it is ready: for a container's health check.
func health(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	s := config.New("web health", getenv, stdout)
	listen := s.String("listen", "localhost:8080", "`address` of the pages")
	if err := s.Parse(args); err != nil {
		return err
	}
	return admin.Health(ctx, *listen, "/readyz")
}

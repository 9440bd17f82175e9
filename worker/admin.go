package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"smalti/pkg/admin"
	"smalti/pkg/cache"
	"smalti/pkg/config"
	"smalti/pkg/metrics"
	"smalti/pkg/outage"
	"smalti/pkg/photo"
	"smalti/pkg/worker"
)

// openAdmin opens the admin listener, if one was asked for, and lets it see what the worker does.
func openAdmin(o admin.Flags, w *worker.Worker, photos *photo.Gatherer, kept *cache.Cache, log *slog.Logger) (close func() error, err error) {
	w.Outages = &outage.Monitor{Log: log}
	if o.Addr == "" {
		return func() error { return nil }, nil
	}
	registry := metrics.NewRegistry()
	w.Observer = metrics.NewWorker(registry, metrics.NewRecovered(registry))
	w.Outages.Notify = metrics.NewOutages(registry)
	photos.Got = metrics.NewPhotos(registry)
	registry.MustRegister(metrics.Caches{"photos": kept.Stats})
	s, err := admin.Listen(admin.Config{
		Addr: o.Addr, Token: o.Token(), Metrics: metrics.Handler(registry), Alive: w.Alive, Log: log,
		Refused: metrics.NewAdminRefused(registry),
	})
	if err != nil {
		return nil, err
	}
	log.Info("admin listener", "addr", s.Addr().String())
	return s.Close, nil
}

// health asks the worker on this machine whether it is alive: for a container's health check.
func health(ctx context.Context, args []string, getenv func(string) string, stdout, _ io.Writer) error {
	s := config.New("worker health", getenv, stdout)
	addr := s.String("admin", "", "`address` of the worker's admin listener")
	s.Check(func() error {
		if *addr == "" {
			return errors.New("-admin: a worker without an admin listener cannot be asked")
		}
		return nil
	})
	if err := s.Parse(args); err != nil {
		return err
	}
	return admin.Health(ctx, *addr, "/healthz")
}

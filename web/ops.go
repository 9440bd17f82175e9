package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/fleet"
	"smalti/pkg/ftpserver"
	"smalti/pkg/metrics"
	"smalti/pkg/ops"
	"smalti/pkg/outage"
	"smalti/pkg/photo"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

// newWatched makes the metrics of this process.
func newWatched(log *slog.Logger) watched {
	r := metrics.NewRegistry()
	return watched{
		registry: r, requests: metrics.NewWeb(r), recovered: metrics.NewRecovered(r), refused: metrics.NewRefused(r),
		gathered: metrics.NewPhotos(r), shown: metrics.NewShown(r),
		scrubbed: metrics.NewScrub(r),
		faults:   &journalFaults{log: log, measure: metrics.NewJournal(r)},
		outages:  &outage.Monitor{Log: log, Notify: metrics.NewOutages(r)},
	}
}

// watch watches the queue for the metrics, and opens the admin listener, if one was asked for.
func (sys *system) watch(q *queue.Queue) error {
	c := sys.settings
	if c.admin.Addr == "" {
		return nil
	}
	w := fleet.NewWatcher(q.Ops(), c.wait, sys.log)
	sys.registry.MustRegister(metrics.NewQueue(w.View), metrics.Disk{Name: "data", Path: c.data})
	sys.running.Go(func() { w.Run(sys.ctx) })
	s, err := admin.Listen(admin.Config{
		Addr: c.admin.Addr, Token: c.admin.Token(), Metrics: metrics.Handler(sys.registry), Log: sys.log,
		Refused: metrics.NewAdminRefused(sys.registry),
	})
	if err != nil {
		return err
	}
	sys.onClose(s.Close)
	ops.Add(s, q.Ops(), w.View, sys.alarms, sys.log)
	sys.log.Info("admin listener", "addr", s.Addr().String())
	return nil
}

// watched is what a system measures of itself.
type watched struct {
	registry  *prometheus.Registry
	requests  *metrics.Web
	recovered metrics.Recovered
	refused   func(ftpserver.Refusal)
	gathered  func(how photo.Got, bytes int)
	shown     metrics.Shown
	outages   *outage.Monitor
	faults    *journalFaults
	scrubbed  metrics.Scrub
}

// alarms are what those who run the system should know of this process, in sentences.
func (w watched) alarms() []string { return w.faults.alarms() }

const (
	askStoreEvery = 5 * time.Second
	askStoreTime  = 4 * time.Second
)

// askStore asks the store whether it is there, so that those who run this learn of a wrong password, or a
// disk that is not mounted, before anybody comes for a mosaic.
func (sys *system) askStore(st files) {
	for {
		ctx, cancel := context.WithTimeout(sys.ctx, askStoreTime)
		err := st.Ping(ctx)
		cancel()
		if sys.ctx.Err() != nil {
			return
		}
		if errors.Is(err, store.ErrBusy) {
			err = nil
		}
		sys.outages.Store(err)
		select {
		case <-sys.ctx.Done():
			return
		case <-time.After(askStoreEvery):
		}
	}
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

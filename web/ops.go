package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/fleet"
	"smalti/pkg/ftpserver"
	"smalti/pkg/gather"
	"smalti/pkg/metrics"
	"smalti/pkg/ops"
	"smalti/pkg/outage"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/setup"
	"smalti/pkg/store"
	"smalti/web/internal/upkeep"
)

// newInstruments makes the metrics of this process.
func newInstruments(log *slog.Logger) instruments {
	r := metrics.NewRegistry()
	return instruments{
		registry: r, requests: metrics.NewWeb(r), recovered: metrics.NewRecovered(r), refused: metrics.NewRefused(r),
		gathered: metrics.NewPhotos(r), shown: metrics.NewShown(r),
		scrubbed: metrics.NewScrub(r),
		faults:   &upkeep.JournalFaults{Log: log, Measure: metrics.NewJournal(r)},
		outages:  &outage.Monitor{Log: log, Notify: metrics.NewOutages(r)},
	}
}

// openAdmin opens the admin listener with the page of operations, if an address was given.
func (sys *system) openAdmin(q *queue.Queue) error {
	c := sys.settings
	if c.admin.Addr == "" {
		return nil
	}
	w := fleet.NewWatcher(q.Ops(), c.wait, sys.log)
	sys.registry.MustRegister(metrics.NewQueue(w.View), metrics.Disk{Name: "data", Path: c.data})
	sys.running.Go(func() { w.Run(sys.ctx) })
	s, err := setup.OpenAdmin(&c.admin, sys.registry, nil, sys.log)
	if err != nil {
		return err
	}
	sys.onClose(s.Close)
	ops.Add(s, q.Ops(), w.View, sys.alarms, sys.log)
	return nil
}

// instruments are what a system measures of itself.
type instruments struct {
	registry  *prometheus.Registry
	requests  *metrics.Web
	recovered metrics.Recovered
	refused   func(ftpserver.Refusal)
	gathered  func(how gather.Outcome, bytes int)
	shown     metrics.Shown
	outages   *outage.Monitor
	faults    *upkeep.JournalFaults
	scrubbed  metrics.Scrub
}

// alarms are what those who run the system should know of this process, in sentences.
func (i instruments) alarms() []string { return i.faults.Alarms() }

const (
	askStoreEvery = 5 * time.Second
	askStoreTime  = 4 * time.Second
)

// askStore asks the store whether it is there, so that those who run this learn of a wrong password, or a
// disk that is not mounted, before anybody comes for a mosaic.
func (sys *system) askStore(st storage) {
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
		if !pause.For(sys.ctx, askStoreEvery) {
			return
		}
	}
}

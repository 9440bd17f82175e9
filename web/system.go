package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"smalti/pkg/fleet"
	"smalti/pkg/listener"
	"smalti/pkg/metrics"
	"smalti/pkg/redisconn"
	"smalti/pkg/systemd"
	"smalti/pkg/worker"
	"smalti/web/internal/client"
	"smalti/web/internal/connections"
	"smalti/web/internal/files"
	"smalti/web/internal/intake"
	"smalti/web/internal/limits"
	"smalti/web/internal/mosaics"
	"smalti/web/internal/pages"
	"smalti/web/internal/status"
	"smalti/web/internal/upkeep"
)

// system is everything that runs in this process. It starts and stops in one place, so that the
// program and its tests start the same thing.
type system struct {
	settings  *settings
	log       *slog.Logger
	listener  *listener.Listener
	storeAddr net.Addr // of our own store; nil without one
	redis     redisconn.Config
	queue     *watchedQueue
	http      *http.Server
	starting  connections.Starting
	scrubber  *upkeep.Scrubber // nil: nobody looks at finished mosaics again
	running   sync.WaitGroup
	intake    *intake.Intake
	served    chan error     // why this process cannot go on
	closers   []func() error // in the order of opening

	// needed reports whether uploads are; see dirstore.Ages.
	needed func(ctx context.Context, id string, since time.Time) (bool, error)

	ctx  context.Context
	stop context.CancelFunc
	instruments
}

// requestTimeout bounds how long a client may take to send a request without files.
const requestTimeout = 30 * time.Second

// drainTimeout is what requests, and the workers in this process, get to finish.
const drainTimeout = 10 * time.Second

// start opens everything and listens. When it returns, requests are being answered.
func start(ctx context.Context, c *settings, log *slog.Logger) (sys *system, err error) {
	sys = &system{settings: c, log: log, served: make(chan error, 3), instruments: newInstruments(log)}
	sys.ctx, sys.stop = context.WithCancel(ctx)
	defer func(begun *system) { // sys is nil by then
		if err != nil {
			begun.stop()
			begun.close()
		}
	}(sys)
	b, err := sys.openBackends()
	if err != nil {
		return nil, err
	}
	if err := sys.openAdmin(b.queue); err != nil {
		return nil, err
	}
	srv, err := sys.newServer(b)
	if err != nil {
		return nil, err
	}
	raw, err := systemd.Listen("web", c.listen)
	if err != nil {
		return nil, err
	}
	sys.listener = sys.limitConnections(raw)
	sys.http = sys.newHTTPServer(srv)
	sys.startUpkeep(b, srv)
	sys.startWorkers(b)
	go func() { sys.served <- sys.http.Serve(sys.listener) }()
	sys.running.Go(func() { systemd.Watch(sys.ctx, sys.answers, log) })
	systemd.Ready()
	return sys, nil
}

// newServer makes what answers requests.
func (sys *system) newServer(b *backends) (*server, error) {
	c := sys.settings
	html, err := pages.New(pageFiles, sys.log)
	if err != nil {
		return nil, err
	}
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	q := &watchedQueue{Queue: b.queue, monitor: sys.outages, recorded: status.NewOutages()}
	sys.queue = q
	srv := &server{
		queue: q, store: b.store.files, stores: b.stores, log: sys.log,
		pages: html, limits: b.limits,
	}
	workers, firstViews := &status.Workers{Count: b.queue.Workers}, status.NewFirstViews(sys.shown, sys.log)
	if srv.lookup, err = sys.newLookup(b, html.Refuse); err != nil {
		return nil, err
	}
	srv.uploads = &upkeep.Uploads{Store: b.store.files, Journal: b.journal, Held: b.limits.HasBatch, Release: b.limits.ReleaseBatch, Ahead: limits.KeepAhead, Log: sys.log}
	srv.deletions = &upkeep.Deletions{Queue: b.queue, Store: b.store.files, Journal: b.journal, Uploads: srv.uploads, Log: sys.log, Keep: c.keep}
	srv.losses = &upkeep.Losses{
		Queue: q, Store: b.store.files, CheckStore: b.stores.Last, Journal: b.journal, Log: sys.log, Metrics: sys.scrubbed, Keep: c.keep,
	}
	srv.mosaics = &status.Finder{
		Queue: q, Store: b.store.files, Journal: b.journal, Outages: q.recorded, Losses: srv.losses, Log: sys.log, Keep: c.keep,
	}
	srv.files = &files.Handler{Status: srv.mosaics, Store: b.store.files, Losses: srv.losses, Log: sys.log, Refuse: html.Refuse}
	srv.mosaicPage = &pages.MosaicPage{
		Pages: html, Mosaics: srv.mosaics, Store: b.store.files, Losses: srv.losses, Workers: workers, FirstViews: firstViews, PublicURL: c.publicURL,
	}
	srv.mosaicAPI = &mosaics.Handler{
		Mosaics: srv.mosaics, Deletions: srv.deletions, FirstViews: firstViews, Workers: workers, Connections: &srv.connections, Pages: html,
		Finals: mosaics.NewFinals(),
	}
	srv.intake = &intake.Intake{
		Queue: q, Store: b.store.files, Journal: b.journal, Networks: srv.lookup, Mosaics: srv.mosaics, Uploads: srv.uploads, Pages: html,
		Clients: client.NewHasher(secret, c.limits.Proxies), Limits: b.limits, Photos: c.photos.Limits(), Log: sys.log, Keep: c.keep,
		JournalQuota: limits.JournalQuota{Client: int64(c.queue.client), Total: int64(c.queue.total)},
	}
	return srv, nil
}

func (sys *system) newHTTPServer(srv *server) *http.Server {
	l := &sys.settings.limits
	s := &http.Server{
		Handler: connections.LimitRequests(l.Connections, l.Proxies,
			http.HandlerFunc(srv.tooManyRequests), srv.handler(sys.requests)),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: requestTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: maxHeader,
		ConnState: func(conn net.Conn, state http.ConnState) {
			srv.connections.ConnState(conn, state)
			sys.listener.ConnState(conn, state)
		},
		ErrorLog: slog.NewLogLogger(sys.log.Handler(), slog.LevelDebug),
	}
	sys.starting.Watch(s)
	sys.intake = srv.intake
	return s
}

// startUpkeep starts what goes on besides answering requests, until the system ends.
func (sys *system) startUpkeep(b *backends, srv *server) {
	rec := &upkeep.Reconciler{
		Queue: sys.queue, Store: b.store.files, Journal: b.journal, Faults: sys.faults, Log: sys.log, Keep: sys.settings.keep,
		Deletions: srv.deletions, Losses: srv.losses, Quota: &upkeep.QuotaHolder{Journal: b.journal, Extend: b.limits.ExtendBatch},
	}
	sys.running.Go(func() { rec.Run(sys.ctx) })
	sys.running.Go(func() { srv.uploads.Run(sys.ctx) })
	sys.running.Go(func() { fleet.Sweep(sys.ctx, sys.queue, fleet.EverySecond, sys.recovered.Swept, sys.log) })
	sys.running.Go(func() { sys.janitor(b.store.cleaner) })
	sys.running.Go(func() { sys.askStore(b.store.files) })
	sys.startScrubbing(b.queue, b.store, srv.losses)
	if b.store.catchUp != nil {
		sys.running.Go(b.store.catchUp)
	}
}

// url is where the pages are.
func (sys *system) url() string { return "http://" + sys.listener.Addr().String() }

// wait returns when ctx has ended and everything has stopped, or when serving broke.
func (sys *system) wait() error {
	var err error
	stopped := false // by itself
	select {
	case err = <-sys.served:
		stopped = true
	case <-sys.ctx.Done():
	}
	sys.stop()
	systemd.Stopping()
	sys.log.Info("stopping")
	// Nothing more is accepted; a connection that was, at the same moment, is known when serving has ended.
	sys.listener.Close()
	if !stopped {
		err = <-sys.served
	}
	sys.http.SetKeepAlivesEnabled(false)
	sys.starting.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if sys.http.Shutdown(ctx) != nil {
		sys.http.Close()
	}
	sys.intake.Wait()
	sys.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, sys.close())
}

// close ends what was opened, the last first.
func (sys *system) close() error {
	var errs []error
	for _, close := range slices.Backward(sys.closers) {
		errs = append(errs, close())
	}
	return errors.Join(errs...)
}

// banner tells a person where to look, and what to expect.
func (sys *system) banner() string {
	var b strings.Builder
	host := sys.url()
	if at := sys.listener.Addr().(*net.TCPAddr); at.IP.IsLoopback() || at.IP.IsUnspecified() {
		host = fmt.Sprintf("http://localhost:%d", at.Port)
	}
	fmt.Fprintf(&b, "Smalti is at %s\n", host)
	if sys.settings.single() {
		b.WriteString("This process is the whole system: web front end, queue, store and one worker.\n")
		fmt.Fprintf(&b, "Kept across a restart, in %s: accepted requests, finished mosaics, uploads.\n", sys.settings.data)
		b.WriteString("Not kept: the queue itself (it is filled again from the accepted requests), and the progress of running jobs.\n")
	} else if sys.storeAddr != nil {
		fmt.Fprintf(&b, "Workers deliver to the store at ftp://%s@<this host>:%d/\n", sys.settings.ownStore.user, sys.storeAddr.(*net.TCPAddr).Port)
	}
	return b.String()
}

// startWorkers starts the workers in this process, which run until the system ends.
func (sys *system) startWorkers(b *backends) {
	n := sys.settings.workers
	if n == 0 {
		return
	}
	photos := sys.settings.photos.Gatherer(b.store.worker, b.photos, n)
	photos.Observe = sys.gathered
	workers := worker.NewGroup(worker.Config{
		Queue: b.queue, Store: b.store.worker, Photos: photos, Log: sys.log,
		Released: b.limits.ReleaseBatch, CheckStore: b.stores.Last,
		Memory: sys.settings.memory.Limit(photos), DrainTimeout: drainTimeout,
		Observer: metrics.NewWorker(sys.registry, sys.recovered), Outages: sys.outages,
	}, n)
	sys.running.Go(func() { _ = workers.Run(sys.ctx) })
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"smalti/pkg/cache"
	"smalti/pkg/fleet"
	"smalti/pkg/journal"
	"smalti/pkg/metrics"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/systemd"
	"smalti/pkg/version"
	"smalti/pkg/worker"
	"smalti/web/internal/client"
	"smalti/web/internal/connections"
)

// system is everything that runs in this process. It starts and stops in one place, so that the
// program and its tests start the same thing.
type system struct {
	settings  *settings
	log       *slog.Logger
	listener  net.Listener
	storeAddr net.Addr // of our own store; nil without one
	redis     redisconn.Config
	http      *http.Server
	starting  connections.Starting
	scrubber  *scrubber // nil: nobody looks at finished mosaics again
	running   sync.WaitGroup
	intakes   *sync.WaitGroup
	served    chan error     // why this process cannot go on
	closers   []func() error // in the order of opening

	// needed reports whether uploads are; see store.Ages.
	needed func(ctx context.Context, id string, since time.Time) (bool, error)

	ctx  context.Context
	stop context.CancelFunc
	watched
}

// requestTimeout bounds how long a client may take to send a request without files.
const requestTimeout = 30 * time.Second

// drainTimeout is what requests, and the workers in this process, get to finish.
const drainTimeout = 10 * time.Second

// start opens everything and listens. When it returns, requests are being answered.
func start(ctx context.Context, c *settings, log *slog.Logger) (sys *system, err error) {
	sys = &system{settings: c, log: log, served: make(chan error, 3), watched: newWatched(log)}
	sys.ctx, sys.stop = context.WithCancel(ctx)
	defer func(begun *system) { // sys is nil by then
		if err != nil {
			begun.stop()
			begun.close()
		}
	}(sys)
	j, err := journal.Open(filepath.Join(c.data, "journal"))
	if err != nil {
		return nil, err
	}
	sys.onClose(j.Close)
	q, err := sys.openQueue()
	if err != nil {
		return nil, err
	}
	sys.needed = func(ctx context.Context, id string, since time.Time) (bool, error) {
		return uploadsNeeded(ctx, q, j, c.keep, id, since)
	}
	st, err := sys.openStore(j.Buried)
	if err != nil {
		return nil, err
	}
	stores, err := sys.checkStores(q, st.files)
	if err != nil {
		return nil, err
	}
	if err := sys.watch(q); err != nil {
		return nil, err
	}
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	limits, err := sys.openLimits()
	if err != nil {
		return nil, err
	}
	kept, err := sys.openCache()
	if err != nil {
		return nil, err
	}
	raw, err := systemd.Listen("web", c.listen)
	if err != nil {
		return nil, err
	}
	clients := sys.limitConnections(raw)
	sys.listener = clients
	faces := kept.Apart()
	thumbs := newThumbs(faces, limits.hosts.Take, c.allowPrivate)
	sys.onClose(thumbs.close)
	known, err := sys.openListCache()
	if err != nil {
		return nil, err
	}
	sys.registry.MustRegister(metrics.Caches{"photos": kept.Stats, "thumbs": faces.Stats, "friends": known.Stats})
	watched := watchQueue(q, sys.outages)
	srv := &server{
		stores: stores, waiting: waitingLimits{int64(c.waitingClient), int64(c.waitingTotal)},
		queue: watched, redis: watched, store: st.files, journal: j, lists: sys.openLists(known), thumbs: thumbs, pages: pages, log: log, keep: c.keep,
		workers: &headcount{count: q.Workers}, publicURL: c.publicURL, limits: limits, shown: newFirsts(sys.shown), plans: make(chan struct{}, plansAtOnce), clients: client.NewHasher(secret, c.limits.proxies),
	}
	srv.deletions = &deletions{
		queue: q, store: st.files, journal: j, deleteUploads: srv.deleteUploads, log: log, keep: c.keep,
	}
	srv.losses = &losses{queue: watched, store: st.files, ours: stores.Last, journal: j, log: log, metrics: sys.scrubbed, keep: c.keep}
	sys.http = &http.Server{
		Handler: connections.LimitRequests(c.limits.connections, c.limits.proxies, http.HandlerFunc(srv.tooManyRequests), srv.handler(sys.requests)), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: requestTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: maxHeader,
		ConnState: func(conn net.Conn, state http.ConnState) {
			srv.connections.ConnState(conn, state)
			clients.Note(conn, state)
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	sys.starting.Watch(sys.http)
	rec := &reconciler{queue: watched, store: st.files, journal: j, faults: sys.faults, log: log, keep: c.keep, deletions: srv.deletions, losses: srv.losses,
		room: &heldRoom{journal: j, extend: limits.extend}}
	sys.running.Go(func() { rec.run(sys.ctx) })
	sys.intakes = &srv.intakes
	left := newBatches(srv)
	sys.running.Go(func() { left.run(sys.ctx) })
	sys.running.Go(func() { worker.Sweep(sys.ctx, watched, sys.recovered.Swept, log) })
	sys.running.Go(func() { sys.janitor(st.cleaner) })
	sys.running.Go(func() { sys.askStore(st.files) })
	sys.startScrubbing(q, st, srv.losses)
	if st.catchUp != nil {
		sys.running.Go(st.catchUp)
	}
	sys.startWorkers(q, st, stores, kept, limits)
	go func() { sys.served <- sys.http.Serve(sys.listener) }()
	sys.running.Go(func() { systemd.Watch(sys.ctx, sys.answers, log) })
	systemd.Ready()
	return sys, nil
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
	sys.intakes.Wait() // their photos are removed, and their room is given back
	sys.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, sys.close())
}

// close ends what was opened, the last first.
func (sys *system) close() error {
	var errs []error
	for i := len(sys.closers) - 1; i >= 0; i-- {
		errs = append(errs, sys.closers[i]())
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
		fmt.Fprintf(&b, "Workers deliver to the store at ftp://%s@<this host>:%d/\n", sys.settings.storeUser, sys.storeAddr.(*net.TCPAddr).Port)
	}
	return b.String()
}

func (sys *system) startWorkers(q *queue.Queue, st *openedStore, stores *fleet.StoreCheck, kept *cache.Cache, limits *limits) {
	if sys.settings.workers == 0 {
		return
	}
	observer := metrics.NewWorker(sys.registry, sys.recovered)
	photos := worker.Photos(st.worker, kept, limits.hosts, sys.settings.allowPrivate)
	photos.Got = sys.gathered
	room := worker.LimitMemory(worker.Available(sys.settings.memory), sys.settings.workers, photos)
	for i := range sys.settings.workers {
		w := &worker.Worker{
			Name: fmt.Sprintf("%s-%d", worker.UniqueName(), i+1), Queue: q, Store: st.worker, Photos: photos, Log: sys.log, Memory: room,
			JobTimeout: 5 * time.Minute, DrainTimeout: drainTimeout, Observer: observer, Outages: sys.outages, Released: limits.release, Belongs: stores.Last, Version: version.String(),
		}
		sys.running.Go(func() { w.Run(sys.ctx) })
	}
}

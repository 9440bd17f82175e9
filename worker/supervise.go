package main

import (
	"context"
	"log/slog"
	"time"

	"smalti/pkg/outage"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/pkg/systemd"
	"smalti/pkg/worker"
)

// awaitBackends waits until Redis runs our scripts and the store accepts our login, or until ctx ends: before
// that, a worker would only use up the attempts of jobs. It also waits while a password is wrong, because
// the other side may be the one to change, and a program that has ended has no metrics.
func awaitBackends(ctx context.Context, q *queue.Queue, st store.Store, outages *outage.Monitor) {
	scripts := func(ctx context.Context) error {
		_, err := q.Workers(ctx)
		return err
	}
	await(ctx, "Redis", scripts, outages.Redis)
	await(ctx, "the store", st.Ping, outages.Store)
}

// await asks until there is no error, and reports each result.
func await(ctx context.Context, what string, ask func(context.Context) error, report func(error)) {
	const timeout, maxWait = 5 * time.Second, 2 * time.Second
	for wait := 50 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, maxWait) {
		asking, cancel := context.WithTimeout(ctx, timeout)
		err := ask(asking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		report(err)
		if err == nil {
			return
		}
		if wait == 50*time.Millisecond {
			systemd.Status("waiting for " + what)
		}
		pause.For(ctx, wait)
	}
}

// ready tells systemd that the worker takes jobs.
func ready() {
	systemd.Status("taking jobs")
	systemd.Ready()
}

// supervise notifies systemd's watchdog while all workers are alive, and systemd when it is told to stop. Call
// stop when they have ended.
func supervise(ctx context.Context, w *worker.Group, log *slog.Logger) (stop func()) {
	stopping := context.AfterFunc(ctx, systemd.Stopping)
	// The watchdog goes on while the worker drains.
	watching, over := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		systemd.Watch(watching, w.Alive, log)
		close(ended)
	}()
	return func() {
		stopping()
		over()
		<-ended
	}
}

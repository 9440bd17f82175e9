package main

import (
	"context"
	"log/slog"
	"time"

	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/pkg/systemd"
	"smalti/pkg/worker"
)

// awaitBackends waits until Redis runs our scripts and the store lets us in, or until ctx ends. A
// worker that took jobs before would only use up their attempts. A wrong password is waited for, too: it
// is changed on the other side as often as here, and a program that ends has no metrics that could tell.
func awaitBackends(ctx context.Context, q *queue.Queue, st store.Store, outages *outage.Monitor) {
	scripts := func(ctx context.Context) error {
		_, err := q.Workers(ctx)
		return err
	}
	await(ctx, "Redis", scripts, outages.Redis)
	await(ctx, "the store", st.Ping, outages.Store)
}

// await asks again and again, and notes what comes of it.
func await(ctx context.Context, whom string, ask func(context.Context) error, note func(error)) {
	const patience, longest = 5 * time.Second, 2 * time.Second
	for pause := 50 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, longest) {
		asking, cancel := context.WithTimeout(ctx, patience)
		err := ask(asking)
		cancel()
		if ctx.Err() != nil {
			return
		}
		note(err)
		if err == nil {
			return
		}
		if pause == 50*time.Millisecond {
			systemd.Status("waiting for " + whom)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// ready tells systemd that the worker takes jobs.
func ready() {
	systemd.Status("taking jobs")
	systemd.Ready()
}

// supervised feeds systemd's watchdog while the worker moves, and tells when it stops. The function
// that it returns ends that.
func supervised(ctx context.Context, w *worker.Worker, log *slog.Logger) (end func()) {
	stopping := context.AfterFunc(ctx, systemd.Stopping)
	// A draining worker is watched too.
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

package worker

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/version"
)

// uniqueName differs from the name of every other clone, and of all earlier ones on this machine.
func uniqueName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(crand.Text()[:6]))
}

// join takes the name, and puts back the job that an earlier run of the same name held when it died. It
// waits for a queue that is unavailable.
func (w *Worker) join(ctx context.Context) error {
	var backoff time.Duration
	for {
		w.pulse.beat()
		gave, err := w.Queue.Join(ctx, w.now())
		switch {
		case err == nil && gave != "":
			w.Log.Info("put back what this worker held when it died", "worker", w.Name, "job", gave)
			w.Observer.Swept(queue.Swept{Rejoined: 1})
			return nil
		case err == nil || errors.Is(err, queue.ErrNameTaken):
			w.Outages.Redis(nil)
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		w.Outages.Redis(err)
		backoff = backOff(ctx, backoff)
	}
}

// now is the heartbeat of this moment.
func (w *Worker) now() queue.Beat {
	b := queue.Beat{Worker: w.Name, Instance: w.instance, Version: version.String(), Reads: job.Version, Memory: w.Memory}
	w.status.addTo(&b)
	return b
}

// beat sends heartbeats. A worker that was frozen, or cut off for long, may find that another run has
// taken its name: then it stops.
func (w *Worker) beat(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		err := within(ctx, callTime, func(ctx context.Context) error { return w.Queue.Beat(ctx, w.now()) })
		if errors.Is(err, queue.ErrNameTaken) {
			stop(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			w.Log.Debug("heartbeat", "worker", w.Name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// nameTaken reports why this worker stops. The queue counts it, because the metrics of this process end
// with it, and a restart would not mend it.
func (w *Worker) nameTaken(ctx context.Context) {
	w.Log.Error("name in use by a live worker; stopping", "worker", w.Name, "do", "give each clone a -name of its own, or none")
	err := within(context.WithoutCancel(ctx), callTime, w.Queue.NoteNameTaken)
	if err != nil {
		w.Log.Debug("noting that the name is taken", "worker", w.Name, "error", err)
	}
}

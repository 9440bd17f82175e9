package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/web/internal/problem"
)

// waitingLimits bound the packages that wait, in bytes: of one client, and of all together.
type waitingLimits struct{ client, total int64 }

// promised are the bytes of the packages that this server took into its journal since Redis could last be
// asked for room: they are bounded in the same way, by this server alone.
type promised struct {
	mu    sync.Mutex
	of    map[string]int64
	total int64
}

// roomTime is what Redis gets to say whether there is room.
const roomTime = time.Second

// roomFor refuses a package for which there is none, before it is written anywhere.
func (s *server) roomFor(ctx context.Context, p *job.Package) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, roomTime)
	defer cancel()
	err = s.queue.CheckQuota(ctx, p.Client, len(data))
	switch {
	case errors.Is(err, queue.ErrClientFull):
		return problem.ClientQueueFull
	case errors.Is(err, queue.ErrFull):
		return problem.QueueFull
	case err != nil:
		return s.promised.add(p.Client, int64(len(data)), s.waiting)
	}
	s.promised.forget()
	return nil
}

func (o *promised) add(client string, n int64, most waitingLimits) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.total+n > most.total:
		return problem.QueueFull
	case o.of[client]+n > most.client:
		return problem.ClientQueueFull
	}
	if o.of == nil {
		o.of = make(map[string]int64)
	}
	o.of[client] += n
	o.total += n
	return nil
}

// forget begins anew: from now on Redis counts, what was promised meanwhile as well.
func (o *promised) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.of, o.total = nil, 0
}

package limits

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

// JournalQuota bounds the packages that wait, in bytes. Redis counts them. While it is unavailable, this
// server counts what it accepts into its journal. It is safe for concurrent use.
type JournalQuota struct {
	Client, Total int64 // of one client, and of all together

	mu    sync.Mutex
	of    map[string]int64 // by client, since Redis last answered
	total int64
}

const quotaTimeout = time.Second

// Check refuses a package that does not fit, before it is written anywhere. The error is a problem.
func (q *JournalQuota) Check(ctx context.Context, jobs interface {
	CheckQuota(ctx context.Context, client string, bytes int) error
}, p *job.Package) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, quotaTimeout)
	defer cancel()
	err = jobs.CheckQuota(ctx, p.Client, len(data))
	switch {
	case errors.Is(err, queue.ErrClientFull):
		return problem.ErrClientQueueFull
	case errors.Is(err, queue.ErrFull):
		return problem.ErrQueueFull
	case err != nil:
		return q.add(p.Client, int64(len(data)))
	}
	q.reset()
	return nil
}

func (q *JournalQuota) add(client string, n int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.total+n > q.Total:
		return problem.ErrQueueFull
	case q.of[client]+n > q.Client:
		return problem.ErrClientQueueFull
	}
	if q.of == nil {
		q.of = make(map[string]int64)
	}
	q.of[client] += n
	q.total += n
	return nil
}

// reset starts over: Redis counts again, including what was accepted meanwhile.
func (q *JournalQuota) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.of, q.total = nil, 0
}

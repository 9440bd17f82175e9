package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// maxBatch bounds how long one script occupies Redis: each job takes it a few microseconds.
	maxBatch = 100

	// batchGap is the shortest time from one batch to the next. Without it, batches under load are small, since
	// Redis answers faster than calls come, and asking it takes most of the time.
	batchGap = time.Millisecond

	// slowBatch is after how long new calls stop waiting for a batch under way: its connection may be dead.
	slowBatch = 100 * time.Millisecond

	// batchTimeout is how long a batch may take.
	batchTimeout = 4 * time.Second
)

// statusBatches look up the states of jobs. Pages do so thousands of times a second, and a round trip
// costs more than its content. So calls that come during a round trip, or within a moment of the last one, are
// collected, and share the next one. A single call goes at once.
type statusBatches struct {
	cmd redis.UniversalClient

	mu      sync.Mutex
	waiting []*statusCall
	senders int       // goroutines that send batches
	sent    time.Time // when the last batch was, or its sender began
	taken   time.Time // when the last batch was
}

// statusCall is one look-up. reply and err are set when done is closed.
type statusCall struct {
	id    string
	done  chan struct{}
	reply string
	err   error
}

// ask returns the reply of status.lua for one job.
func (s *statusBatches) ask(ctx context.Context, id string) (string, error) {
	call := &statusCall{id: id, done: make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, call)
	if s.senders == 0 || time.Since(s.sent) > slowBatch {
		s.senders++
		s.sent = time.Now()
		go s.send()
	}
	s.mu.Unlock()
	select {
	case <-call.done:
		return call.reply, call.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// send sends batches until no call waits.
func (s *statusBatches) send() {
	for {
		s.mu.Lock()
		if len(s.waiting) == 0 {
			s.senders--
			s.mu.Unlock()
			return
		}
		if gap := batchGap - time.Since(s.taken); gap > 0 && len(s.waiting) < maxBatch {
			s.mu.Unlock()
			time.Sleep(gap)
			s.mu.Lock()
		}
		n := min(len(s.waiting), maxBatch) // which another sender may have taken meanwhile
		batch := s.waiting[:n:n]
		s.waiting = s.waiting[n:]
		s.taken = time.Now()
		s.sent = s.taken
		s.mu.Unlock()
		if n > 0 {
			s.sendBatch(batch)
		}
	}
}

func (s *statusBatches) sendBatch(batch []*statusCall) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTimeout)
	defer cancel()
	ids := make([]any, len(batch))
	for i, call := range batch {
		ids[i] = call.id
	}
	replies, err := statusScript.Run(ctx, s.cmd, []string{keyRecord(batch[0].id)}, ids...).StringSlice()
	if err == nil && len(replies) != len(batch) {
		err = fmt.Errorf("%d replies for %d jobs", len(replies), len(batch))
	}
	for i, call := range batch {
		if err != nil {
			call.err = err
		} else {
			call.reply = replies[i]
		}
		close(call.done)
	}
}

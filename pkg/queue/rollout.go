package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"smalti/pkg/job"
)

// rewriteLimit bounds what one sweep rewrites.
const rewriteLimit = 50

// versionAge is for how long it is known which version all workers read.
const versionAge = 2 * time.Second

// written is the package version to write.
type written struct {
	mu    sync.Mutex
	v     int // 0: not known yet
	asked time.Time
}

// Writes is the newest package version that all living workers read: during a roll-out each of them can
// then make each mosaic. Where no worker lives, or Redis is away, it is what was found last; where
// nothing was, the oldest version while Redis is away, else the newest.
func (q *Queue) Writes(ctx context.Context) int {
	w := &q.written
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.asked) < versionAge {
		return max(w.v, job.Oldest)
	}
	w.asked = time.Now()
	beats, err := q.Beats(ctx)
	if err != nil {
		return max(w.v, job.Oldest)
	}
	if v := common(beats); v > 0 {
		w.v = v
	} else if w.v == 0 {
		w.v = job.Version
	}
	return w.v
}

// common is the newest version that all of these workers read, within what this build writes; 0 where
// there are none.
func common(beats []Beat) (v int) {
	for _, b := range beats {
		if b.Draining {
			continue
		}
		reads := max(b.Reads, 1) // a worker that does not say is of the time when there was but one
		if v == 0 || reads < v {
			v = reads
		}
	}
	if v == 0 {
		return 0
	}
	return min(max(v, job.Oldest), job.Version)
}

// rewrite gives packages that no living worker reads to those that read an older version: the last
// worker of a newer program was replaced by one of an older program. What the older version does not
// have is lost; the mosaic is the same.
func (q *Queue) rewrite(ctx context.Context) (n int, err error) {
	answer, err := strandedScript.Run(ctx, q.cmd, []string{keyOpen}, beatLife.Milliseconds(), rewriteLimit, job.Oldest, job.Version).Slice()
	if err != nil {
		return 0, unavailable("looking for packages that nobody reads", err)
	}
	if len(answer) != 2 {
		return 0, fmt.Errorf("looking for packages that nobody reads: an answer of %d fields", len(answer))
	}
	version, _ := answer[0].(int64)
	jobs, _ := answer[1].([]any)
	text := func(i int) string { s, _ := jobs[i].(string); return s }
	for i := 0; i+3 < len(jobs); i += 4 {
		p, err := job.Parse([]byte(text(i + 2)))
		if err != nil {
			continue // whoever pops it says what is wrong with it
		}
		p.SetVersion(int(version))
		payload, err := encode(p)
		if err != nil {
			continue
		}
		done, err := q.onJob(ctx, rewriteScript, p.ID, text(i+1), payload, text(i+3)).Bool()
		if err != nil {
			return n, unavailable("rewriting "+p.ID, err)
		}
		if done {
			n++
		}
	}
	return n, nil
}

package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"smalti/pkg/job"
)

// OtherVersionError is the error of [Queue.Take] for a package of a version that this program does not read. It
// has been left to workers that do, and the attempt does not count.
type OtherVersionError struct {
	ID      string
	Version int
	Read    bool // a live worker reads the version
}

func (e *OtherVersionError) Error() string {
	return fmt.Sprintf("leaving %s to other workers: its package has version %d, and this program reads %d to %d", e.ID, e.Version, job.Oldest, job.Version)
}

// popKeys are the lists that a worker pops from, in this order. Those of a version have jobs that other
// workers have left, whose turn it already was.
func popKeys() (keys []any) {
	for _, list := range []string{keyInteractive, keyBulk} {
		for v := job.Version; v >= job.Oldest; v-- {
			keys = append(keys, list+":"+strconv.Itoa(v))
		}
		keys = append(keys, list)
	}
	return keys
}

// leave moves a popped element to the list of its version, where only workers look that read it.
func (q *Queue) leave(ctx context.Context, p *job.Package, key, seq, body string) error {
	list := job.Interactive
	if strings.HasPrefix(key, keyBulk) {
		list = job.Bulk
	}
	created := p.Created
	if created.IsZero() {
		created = time.Now().UTC()
	}
	payload := ""
	if seq == "" {
		payload = trimJSON(body)
	}
	_, _, named := splitName(body)
	for {
		reply, err := q.onJob(ctx, foreignScript, p.ID, seq, p.V, string(list), beatLife.Milliseconds(), payload,
			created.Format(time.RFC3339Nano), p.Owner).Slice()
		if err != nil {
			return unavailable("leaving "+p.ID, err)
		}
		switch {
		case reply[0] == "left":
			return &OtherVersionError{ID: p.ID, Version: p.V, Read: reply[1] == int64(1)}
		case reply[0] == "unknown" && payload == "" && !named:
			payload = trimJSON(body)
		default: // stale: the record knows better
			return nil
		}
	}
}

// RequeueRaw is [Queue.Requeue] for a package of a version that this program does not read, as another
// program wrote it. p is what [job.Parse] made of it.
func (q *Queue) RequeueRaw(ctx context.Context, p *job.Package, written []byte) error {
	if !p.Foreign() {
		return fmt.Errorf("requeueing %s: this program reads the version of its package", p.ID)
	}
	_, err := q.put(ctx, p.ID, string(p.Priority), trimJSON(string(written)), p.Created.Format(time.RFC3339Nano), p.Owner,
		-1, 0, "", "", q.cfg.ClientBytes, q.cfg.TotalBytes, true)
	return unavailable("requeueing "+p.ID, err)
}

// rewriteLimit bounds what one sweep rewrites.
const rewriteLimit = 50

// versionAge is how long the version that all workers read is remembered.
const versionAge = 2 * time.Second

// written remembers the package version to write.
type written struct {
	mu    sync.Mutex
	v     int // 0: not known yet
	asked time.Time
}

// WriteVersion returns the newest package version that all live workers read, so that during a rollout
// each of them can render each mosaic. If there are none, or Redis is away, it is the last one found; if
// none was, it is the oldest version while Redis is away, and else the newest.
func (q *Queue) WriteVersion(ctx context.Context) int {
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

// common is the newest version that all of these workers read, within what this program writes; 0 if there
// are no workers.
func common(beats []Beat) (v int) {
	for _, b := range beats {
		if b.Draining {
			continue
		}
		reads := max(b.Reads, 1) // a worker that does not say is from when there was only one
		if v == 0 || reads < v {
			v = reads
		}
	}
	if v == 0 {
		return 0
	}
	return min(max(v, job.Oldest), job.Version)
}

// rewrite converts packages that no live worker reads to an older version that one does, after the last
// worker of a newer program was replaced by an older one. What the older version lacks is lost; the
// mosaic is the same.
func (q *Queue) rewrite(ctx context.Context) (n int, err error) {
	reply, err := strandedScript.Run(ctx, q.cmd, []string{keyOpen}, beatLife.Milliseconds(), rewriteLimit, job.Oldest, job.Version).Slice()
	if err != nil {
		return 0, unavailable("finding packages that nobody reads", err)
	}
	if len(reply) != 2 {
		return 0, fmt.Errorf("finding packages that nobody reads: a reply of %d fields", len(reply))
	}
	version, _ := reply[0].(int64)
	jobs, _ := reply[1].([]any)
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

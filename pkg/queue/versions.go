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

// OtherVersion reports a package of a version that this program does not read. It has been left, unharmed and
// uncounted, to the workers that do.
type OtherVersion struct {
	ID      string
	Version int
	Read    bool // a worker lives that reads the version
}

func (e *OtherVersion) Error() string {
	return fmt.Sprintf("leaving the package of %s: it is of version %d, and this program reads %d to %d", e.ID, e.Version, job.Oldest, job.Version)
}

// popKeys are the lists that a worker pops from, in this order: those of the versions that it reads
// are where others left what had its turn already.
func popKeys() (keys []any) {
	for _, list := range []string{keyInteractive, keyBulk} {
		for v := job.Version; v >= job.Oldest; v-- {
			keys = append(keys, list+":"+strconv.Itoa(v))
		}
		keys = append(keys, list)
	}
	return keys
}

// leave moves a popped element to where only those look who read its version.
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
		answer, err := q.onJob(ctx, foreignScript, p.ID, seq, p.V, string(list), beatLife.Milliseconds(), payload,
			created.Format(time.RFC3339Nano), p.Owner).Slice()
		if err != nil {
			return unavailable("leaving "+p.ID, err)
		}
		switch {
		case answer[0] == "left":
			return &OtherVersion{ID: p.ID, Version: p.V, Read: answer[1] == int64(1)}
		case answer[0] == "unknown" && payload == "" && !named:
			payload = trimJSON(body)
		default: // stale: the record knows better
			return nil
		}
	}
}

// RequeueRaw is Put for a package of a version that this program does not read, as it was written by one
// that does. p is what [job.Parse] made of it.
func (q *Queue) RequeueRaw(ctx context.Context, p *job.Package, written []byte) error {
	if !p.Foreign() {
		return fmt.Errorf("putting %s back: it is no package of another version", p.ID)
	}
	_, err := q.put(ctx, p.ID, string(p.Priority), trimJSON(string(written)), p.Created.Format(time.RFC3339Nano), p.Owner,
		-1, 0, "", "", q.cfg.ClientBytes, q.cfg.TotalBytes, true)
	return unavailable("putting "+p.ID+" back", err)
}

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

// WriteVersion is the newest package version that all living workers read: during a roll-out each of them can
// then make each mosaic. Where no worker lives, or Redis is away, it is what was found last; where
// nothing was, the oldest version while Redis is away, else the newest.
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

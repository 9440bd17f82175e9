package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/job"
)

// Left reports a package of a version that this program does not read. It has been left, unharmed and
// uncounted, to the workers that do.
type Left struct {
	ID      string
	Version int
	Read    bool // a worker lives that reads the version
}

func (e *Left) Error() string {
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
			created.Format(time.RFC3339Nano), p.Maker).Slice()
		if err != nil {
			return unavailable("leaving "+p.ID, err)
		}
		switch {
		case answer[0] == "left":
			return &Left{ID: p.ID, Version: p.V, Read: answer[1] == int64(1)}
		case answer[0] == "unknown" && payload == "" && !named:
			payload = trimJSON(body)
		default: // stale: the record knows better
			return nil
		}
	}
}

// PutBack is Put for a package of a version that this program does not read, as it was written by one
// that does. p is what [job.Parse] made of it.
func (q *Queue) PutBack(ctx context.Context, p *job.Package, written []byte) error {
	if !p.Foreign() {
		return fmt.Errorf("putting %s back: it is no package of another version", p.ID)
	}
	_, err := q.put(ctx, p.ID, string(p.Priority), trimJSON(string(written)), p.Created.Format(time.RFC3339Nano), p.Maker,
		-1, 0, "", "", q.cfg.ClientBytes, q.cfg.TotalBytes, true)
	return unavailable("putting "+p.ID+" back", err)
}

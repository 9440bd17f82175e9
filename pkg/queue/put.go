package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

// replicaWait is how long Put waits for the replicas.
const replicaWait = time.Second

// Put makes a job of a package. A job with this id that is there already, in whatever state, stays
// as it is, and created is false: so Put may be repeated.
//
// The error is a job.Invalid, [ErrFull], [ErrClientFull], [ErrDeleted], [ErrOtherRequest] or
// [ErrUnavailable]. After ErrUnavailable the job may have been made nevertheless.
func (q *Queue) Put(ctx context.Context, p *job.Package) (created bool, err error) {
	return q.putPackage(ctx, p, false)
}

// Requeue is Put for a package that somebody was promised before, while Redis could not be asked or
// before it forgot: no limit refuses it, and it goes in front of those that came since.
func (q *Queue) Requeue(ctx context.Context, p *job.Package) error {
	_, err := q.putPackage(ctx, p, true)
	return err
}

func (q *Queue) putPackage(ctx context.Context, p *job.Package, promised bool) (created bool, err error) {
	payload, err := encode(p)
	if err != nil {
		return false, fmt.Errorf("putting %s: %w", p.ID, err)
	}
	answer, err := q.put(ctx, p.ID, string(p.Priority), payload, p.Created.Format(time.RFC3339Nano), p.Owner,
		q.cfg.MaxWaiting, p.Lifetime(0).Milliseconds(), p.Request, p.Client, q.cfg.ClientBytes, q.cfg.TotalBytes, promised)
	if err != nil {
		return false, unavailable("putting "+p.ID, err)
	}
	switch answer {
	case "created":
		return true, nil
	case "exists":
		return false, nil
	case "full":
		return false, fmt.Errorf("putting %s: %w", p.ID, ErrFull)
	case "client full":
		return false, fmt.Errorf("putting %s: %w", p.ID, ErrClientFull)
	case "deleted":
		return false, fmt.Errorf("putting %s: %w", p.ID, ErrDeleted)
	case "other":
		return false, fmt.Errorf("putting %s: %w", p.ID, ErrOtherRequest)
	}
	return false, fmt.Errorf("putting %s: unexpected answer %q", p.ID, answer)
}

// encode writes a package as it stands on the list. The worker checks again whatever it gets, and
// what it would refuse is refused here, while somebody is there to be told.
func encode(p *job.Package) (string, error) {
	if err := p.Validate(); err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // links stay readable in redis-cli, and short
	if err := e.Encode(p); err != nil {
		return "", err
	}
	if b.Len() > job.MaxPackageBytes {
		return "", job.Wrong("", message.New("package.too_large", "size", b.Len(), "limit", job.MaxPackageBytes))
	}
	return string(bytes.TrimSpace(b.Bytes())), nil
}

func (q *Queue) put(ctx context.Context, id string, args ...any) (string, error) {
	if q.cfg.MinReplicas == 0 {
		return q.onJob(ctx, putScript, id, append(args, "")...).Text()
	}
	keys, argv := []string{keyRecord(id)}, append(append([]any{id}, args...), "1")
	answer, err := q.putAndWait(ctx, putScript.EvalSha, keys, argv)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		answer, err = q.putAndWait(ctx, putScript.Eval, keys, argv)
	}
	return answer, err
}

type evaluate func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd

// putAndWait sends the script and WAIT down the same connection, since WAIT counts only the writes of
// its own. Without it, a failover loses what was acknowledged.
func (q *Queue) putAndWait(ctx context.Context, eval evaluate, keys []string, argv []any) (string, error) {
	c, err := q.node(ctx)
	if err != nil {
		return "", err
	}
	pipe := c.Pipeline()
	put := eval(ctx, pipe, keys, argv...)
	acks := pipe.Do(ctx, "WAIT", q.cfg.MinReplicas, replicaWait.Milliseconds())
	if _, err := pipe.Exec(ctx); err != nil {
		return "", errors.Join(put.Err(), err)
	}
	answer, err := put.Text()
	if err != nil || answer == "full" || answer == "client full" || answer == "deleted" || answer == "other" {
		return answer, err
	}
	if n, err := acks.Int(); err != nil || n < q.cfg.MinReplicas {
		return "", errors.Join(fmt.Errorf("%d of %d replicas have it", n, q.cfg.MinReplicas), err)
	}
	return answer, nil
}

// CheckQuota reports whether the package of so many bytes of a client would be accepted now, as far as its bytes
// go: nil, [ErrClientFull], [ErrFull] or [ErrUnavailable]. Put looks again.
func (q *Queue) CheckQuota(ctx context.Context, client string, bytes int) error {
	spent, err := q.cmd.HMGet(ctx, keySpent, "", client).Result()
	if err != nil {
		return unavailable("looking for room", err)
	}
	number := func(i int) int64 {
		s, _ := spent[i].(string)
		n, _ := strconv.ParseInt(s, 10, 64)
		return n
	}
	switch {
	case number(0)+int64(bytes) > q.cfg.TotalBytes:
		return fmt.Errorf("looking for room: %w", ErrFull)
	case client != "" && number(1)+int64(bytes) > q.cfg.ClientBytes:
		return fmt.Errorf("looking for room: %w", ErrClientFull)
	}
	return nil
}

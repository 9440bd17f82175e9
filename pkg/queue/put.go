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

// Put makes a job of a package. An existing job with this id, in whatever state, stays as it is, and
// created is false; so Put may be repeated.
//
// The error is a job.Invalid, [ErrFull], [ErrClientFull], [ErrDeleted], [ErrOtherRequest] or
// [ErrUnavailable]. After ErrUnavailable, the job may exist nevertheless.
func (q *Queue) Put(ctx context.Context, p *job.Package) (created bool, err error) {
	return q.putPackage(ctx, p, false)
}

// Requeue is Put for a package that was accepted before, while Redis was away or before it lost its data:
// no limit applies, and it goes in front of jobs that came since.
func (q *Queue) Requeue(ctx context.Context, p *job.Package) error {
	_, err := q.putPackage(ctx, p, true)
	return err
}

func (q *Queue) putPackage(ctx context.Context, p *job.Package, accepted bool) (created bool, err error) {
	payload, err := encode(p)
	if err != nil {
		return false, fmt.Errorf("putting %s: %w", p.ID, err)
	}
	reply, err := q.put(ctx, p.ID, string(p.Priority), payload, p.Created.Format(time.RFC3339Nano), p.Owner,
		q.cfg.MaxWaiting, p.Lifetime(0).Milliseconds(), p.Request, p.Client, q.cfg.ClientBytes, q.cfg.TotalBytes, accepted)
	if err != nil {
		return false, unavailable("putting "+p.ID, err)
	}
	if err := refusals[reply]; err != nil {
		return false, fmt.Errorf("putting %s: %w", p.ID, err)
	}
	if reply != "created" && reply != "exists" {
		return false, fmt.Errorf("putting %s: unexpected reply %q", p.ID, reply)
	}
	return reply == "created", nil
}

// refusals are the replies of put.lua besides "created" and "exists".
var refusals = map[string]error{
	"full": ErrFull, "client full": ErrClientFull, "deleted": ErrDeleted, "other": ErrOtherRequest,
}

// encode returns the JSON of a package. Workers validate packages again; what they would refuse is
// refused here, while the person is still there to be told.
func encode(p *job.Package) (string, error) {
	if err := p.Validate(); err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // keeps links short, and readable in redis-cli
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
	reply, err := q.putAndWait(ctx, putScript.EvalSha, keys, argv)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		reply, err = q.putAndWait(ctx, putScript.Eval, keys, argv)
	}
	return reply, err
}

type evaluate func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd

// putAndWait sends the script and WAIT on the same connection, because WAIT counts only the writes of its
// own connection. Without WAIT, a failover loses jobs that were acknowledged.
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
	reply, err := put.Text()
	if err != nil || refusals[reply] != nil {
		return reply, err
	}
	if n, err := acks.Int(); err != nil || n < q.cfg.MinReplicas {
		return "", errors.Join(fmt.Errorf("%d of %d replicas have it", n, q.cfg.MinReplicas), err)
	}
	return reply, nil
}

// CheckQuota reports whether a client's package of the given size would fit the quotas of bytes now. The
// error is [ErrClientFull], [ErrFull] or [ErrUnavailable]. Put checks again.
func (q *Queue) CheckQuota(ctx context.Context, client string, bytes int) error {
	spent, err := q.cmd.HMGet(ctx, keySpent, "", client).Result()
	if err != nil {
		return unavailable("checking the quota", err)
	}
	number := func(i int) int64 {
		s, _ := spent[i].(string)
		n, _ := strconv.ParseInt(s, 10, 64)
		return n
	}
	switch {
	case number(0)+int64(bytes) > q.cfg.TotalBytes:
		return fmt.Errorf("checking the quota: %w", ErrFull)
	case client != "" && number(1)+int64(bytes) > q.cfg.ClientBytes:
		return fmt.Errorf("checking the quota: %w", ErrClientFull)
	}
	return nil
}

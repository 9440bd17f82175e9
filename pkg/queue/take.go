package queue

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/pause"
)

const (
	// popTimeout is the server's, in whole seconds. It is short because a worker that stops waits for it
	// where a pop cannot be interrupted.
	popTimeout = time.Second

	// popSlack is how much longer the reply of a pop may take. On a connection that died silently, a pop
	// lasts as long as both. If a pop is cut short, the sweep returns its element.
	popSlack = 3 * time.Second

	// popConns is how many may pop at once. Each has a connection, opened when it is needed.
	popConns = 16

	// claimTimeout bounds a claim. After it, the sweep gives the job away.
	claimTimeout = 5 * time.Second
)

// Lease is an attempt at a job. Its holder must renew it, and end it with one of Finish, Fail, Retry,
// GiveBack and Decline.
type Lease struct {
	Package *job.Package
	Attempt int    // counts from 1
	Token   string // of this attempt only: a-z, 0-9 and hyphens, so it can be part of a file name

	Popped time.Time // by this machine's clock
}

// Take waits up to a second for the next job, and claims it. It returns nil and no error if none came, as
// during a pause (see [Ops.Pause]).
//
// The error is a *[RejectedError] for an element that is not a valid package, and an *[OtherVersionError] for one
// that is for other workers; the caller only has to log them. After any other error the caller should
// wait a little before it calls again. A job that was on its way then comes back by the sweep.
//
// When ctx ends, Take returns at once if Redis can interrupt a pop (CLIENT UNBLOCK), else within that
// second; if Redis is silent, within four. It may still return a lease, which must be given back.
func (q *Queue) Take(ctx context.Context, worker string) (*Lease, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if q.paused.Load() {
		pause.For(ctx, popTimeout) // as long as a pop that gets no job
		return nil, nil
	}
	c, err := q.popper(ctx)
	if err != nil {
		return nil, unavailable("finding the node of the queue", err)
	}
	// Not BRPop, which would wait ten seconds longer than the server for a reply that never comes.
	args := append(append([]any{"brpop"}, popKeys()...), int(popTimeout.Seconds()))
	popped := redis.NewStringSliceCmd(ctx, args...)
	done := q.interruptible(ctx)
	err = c.Process(ctx, popped)
	done()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		if c, ok := q.pop.(*redis.ClusterClient); ok {
			c.ReloadState(ctx) // the lists may have moved
		}
		return nil, unavailable("popping a job", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTimeout)
	defer cancel()
	return q.claim(ctx, worker, popped.Val()[0], popped.Val()[1])
}

func (q *Queue) claim(ctx context.Context, worker, key, element string) (*Lease, error) {
	at := time.Now()
	seq, body := splitElement(element)
	version, id, named := splitName(body)
	if named = named && seq != ""; named && job.Reads(version) {
		return q.claimNamed(ctx, worker, id, seq, at)
	}
	p, err := job.Parse([]byte(body))
	if p.Foreign() {
		return nil, q.leave(ctx, p, key, seq, body)
	}
	if err != nil {
		return nil, q.reject(ctx, p, seq, body, err)
	}
	payload := ""
	if seq == "" {
		payload = trimJSON(body)
	}
	nonce := newNonce()
	for {
		reply, err := q.onJob(ctx, claimScript, p.ID, seq, nonce, worker, q.cfg.Lease.Milliseconds(),
			payload, p.Created.Format(time.RFC3339Nano), p.Owner, p.Lifetime(0).Milliseconds(), "").Slice()
		switch {
		case err != nil:
			return nil, unavailable("claiming "+p.ID, err)
		case reply[0] == "claimed":
			return newLease(p, reply[1], nonce, at), nil
		case reply[0] == "unknown" && payload == "":
			payload = trimJSON(body)
		default: // stale according to the record
			return nil, nil
		}
	}
}

// claimNamed claims a job whose element only names it; the record has its package. If Redis has lost the
// record, the front end that accepted the job puts it back.
func (q *Queue) claimNamed(ctx context.Context, worker, id, seq string, at time.Time) (*Lease, error) {
	nonce := newNonce()
	reply, err := q.onJob(ctx, claimScript, id, seq, nonce, worker, q.cfg.Lease.Milliseconds(), "", "", "", 0, "1").Slice()
	if err != nil {
		return nil, unavailable("claiming "+id, err)
	}
	if reply[0] != "claimed" || len(reply) != 3 {
		return nil, nil // stale according to the record
	}
	payload, _ := reply[2].(string)
	p, err := job.Parse([]byte(payload))
	if err == nil && p.ID != id {
		err = job.Wrong("id", message.New("package.other_mosaic"))
	}
	if err != nil {
		if err := q.Fail(ctx, newLease(&job.Package{ID: id}, reply[1], nonce, at), badPackage(err)); err != nil {
			return nil, err
		}
		return nil, &RejectedError{ID: id, Err: err}
	}
	return newLease(p, reply[1], nonce, at), nil
}

// newLease is a lease with the attempt that claim.lua returned.
func newLease(p *job.Package, attempt any, nonce string, popped time.Time) *Lease {
	n, _ := attempt.(int64)
	return &Lease{Package: p, Attempt: int(n), Token: fmt.Sprintf("%d-%s", n, nonce), Popped: popped}
}

// trimJSON removes the white space around a JSON value (RFC 8259, section 2): the scripts put the sequence
// number behind the opening brace.
func trimJSON(s string) string { return strings.Trim(s, " \t\r\n") }

func newNonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

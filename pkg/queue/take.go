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
)

const (
	// popTimeout is the server's: whole seconds, and short, because where a pop cannot be interrupted,
	// a worker that is told to stop waits for it.
	popTimeout = time.Second

	// popSlack is what the answer of a pop gets on top of it. On a connection that is dead without a
	// word, a pop lasts as long as both. One that is cut short is an element that the sweep returns.
	popSlack = 3 * time.Second

	// popConns is how many may pop at once; each holds a connection, opened when it is needed.
	popConns = 16

	// claimTimeout bounds the claim of what was popped. After it, the sweep gives the job away.
	claimTimeout = 5 * time.Second
)

// Lease is an attempt at a job. Whoever holds it must renew it, and end it with one of Finish, Fail,
// Retry and GiveBack.
type Lease struct {
	Package *job.Package
	Attempt int    // counts from 1
	Token   string // of this attempt alone: of a-z, 0-9 and hyphens, fit for a file's name

	Popped time.Time // when it was; by this machine's clock
}

// Take waits up to a second for the next job, and claims it. It returns nil and no error when
// none came. The error is a *[Rejected] when something came that is no package, and a *[Left] when it
// is for others; the caller only has to log it. After any other error the caller should pause a little before it takes again; a job
// that was on its way comes back by the sweep.
//
// During a pause (see [Queue.Pause]) none comes.
//
// When ctx ends, Take returns at once where Redis can interrupt a pop (CLIENT UNBLOCK), else within
// that second; when Redis is silent, within four. It may still return a lease: what was popped is
// claimed, and must be given back.
func (q *Queue) Take(ctx context.Context, worker string) (*Lease, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if q.paused.Load() {
		rest(ctx)
		return nil, nil
	}
	c, err := q.popper(ctx)
	if err != nil {
		return nil, unavailable("finding the queue", err)
	}
	// Not by BRPop, which would wait 10 s longer than the server for an answer that never comes.
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
			c.ReloadState(ctx) // perhaps the lists are elsewhere now
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
		answer, err := q.onJob(ctx, claimScript, p.ID, seq, nonce, worker, q.cfg.Lease.Milliseconds(),
			payload, p.Created.Format(time.RFC3339Nano), p.Owner, p.Lifetime(0).Milliseconds(), "").Slice()
		if err != nil {
			return nil, unavailable("claiming "+p.ID, err)
		}
		switch {
		case answer[0] == "claimed":
			attempt, _ := answer[1].(int64)
			return &Lease{Package: p, Attempt: int(attempt), Token: fmt.Sprintf("%d-%s", attempt, nonce), Popped: at}, nil
		case answer[0] == "unknown" && payload == "":
			payload = trimJSON(body)
		default: // stale: the record knows better
			return nil, nil
		}
	}
}

// claimNamed claims a job of which the element had only the name, and takes its package from the record.
// One of which Redis has lost the record is put back by the front end that accepted it.
func (q *Queue) claimNamed(ctx context.Context, worker, id, seq string, at time.Time) (*Lease, error) {
	nonce := newNonce()
	answer, err := q.onJob(ctx, claimScript, id, seq, nonce, worker, q.cfg.Lease.Milliseconds(), "", "", "", 0, "1").Slice()
	if err != nil {
		return nil, unavailable("claiming "+id, err)
	}
	if answer[0] != "claimed" || len(answer) != 3 {
		return nil, nil // stale: the record knows better
	}
	attempt, _ := answer[1].(int64)
	payload, _ := answer[2].(string)
	l := &Lease{Package: &job.Package{ID: id}, Attempt: int(attempt), Token: fmt.Sprintf("%d-%s", attempt, nonce), Popped: at}
	p, err := job.Parse([]byte(payload))
	if err == nil && p.ID != id {
		err = job.Wrong("id", message.New("package.other_mosaic"))
	}
	if err != nil {
		if err := q.Fail(ctx, l, badPackage(err)); err != nil {
			return nil, err
		}
		return nil, &Rejected{ID: id, Err: err}
	}
	l.Package = p
	return l, nil
}

// trimJSON takes off the white space around a JSON value (RFC 8259, section 2): a record's package
// begins with its brace, which is where the number goes.
func trimJSON(s string) string { return strings.Trim(s, " \t\r\n") }

func newNonce() string {
	var b [8]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// rest waits as long as a pop without a job would.
func rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(popTimeout):
	}
}

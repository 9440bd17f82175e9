// Package queue is the Redis side of Smalti: packages are put on a list, workers take them with
// BRPOP, and whatever is killed, cut off or frozen in between, each job ends. It knows no pixels.
//
// All keys carry the hash tag {smalti}, so that they share one slot of a Redis Cluster:
//
//	{smalti}:interactive  list: the packages that people wait for, the next one at the tail
//	{smalti}:bulk         list: the others, taken only when the first list is empty
//	{smalti}:job:<id>     hash: the job's record; the lists say who is next, the record says what is true
//	{smalti}:open         sorted set, the ledger: every unfinished job, by the time (ms) of its next check
//	{smalti}:waiting:…    sorted set for each list: the jobs standing on it, by their number
//	{smalti}:seq, :front  counters: the numbers of jobs that go to the back, and to the front, of a list
//	{smalti}:done:<id>    string, the completion key: a job.Status as JSON, done or failed
//	{smalti}:dead         hash: what was given up (by id) or could not be read, with its reason, as JSON
//	{smalti}:failures     list: how the last 50 jobs that failed ended, the newest first
//	{smalti}:workers      sorted set: workers by their last heartbeat (ms)
//	{smalti}:beats        hash by worker: what it does, as JSON; in :names, which run of its program has
//	                      the name; in :holds, the id of the last job that it claimed
//	{smalti}:clock        hash: the time on the queue's own clock (now, ms), and what Redis's clock said
//	                      then (redis, ms); all other times (ms) here are the queue's
//	{smalti}:interactive:<v>, :bulk:<v>
//	                      lists: packages of version v that a worker popped which reads another one; only
//	                      workers that read v look there, and first. In :versions (set) which there are,
//	                      in :readers (sorted set) when a worker last lived that reads a version (ms)
//	{smalti}:competing:…  set for each client: its jobs that compete for workers, three at most
//	{smalti}:held:…       sorted set for each client: its other jobs, by their turn; in :holders, the clients
//	                      that have some, by theirs; in :aside:<list>, all of them, by their turn
//	{smalti}:extra        string: the job that was let in because nobody else waited
//	{smalti}:sizes        hash by job: the bytes of its package and its client; in :spent, bytes by client,
//	                      and of all under the empty name
//	{smalti}:troubles     hash: how often workers met what nobody but Redis can tell of, by what
//	{smalti}:stores       sorted set: the identities of the stores that belong to this Redis, by last use (ms)
//	{smalti}:scrubber     string: which process looks whether finished mosaics are whole
//	{smalti}:deleted      sorted set: jobs that were deleted, by when (ms)
//	{smalti}:paused       string: workers take nothing while it is there; since when
//	{smalti}:synced       string: something to write when a Put is confirmed by replicas a second time
//
// An element of a list is the package's JSON with its number put in front as text:
// {"seq":17,"v":1,…}. From version 2 on it only names the package, {"seq":17,"v":2,"id":"…"}, which the
// record has. One pushed by hand has no number, and is adopted by the worker that pops it.
//
// # Why nothing is lost
//
// BRPOP takes an element out of Redis before the worker has it, so an element may die on the way.
// It is only a hint, though: record and ledger were written in the same step as the list. A job
// goes through the states queued, running and perhaps delayed to done or failed (or deleted); a
// worker claims what it popped, and holds it by a token that no other attempt has. What was popped
// and not claimed within the grace, and what was claimed and not renewed within the lease, is put
// back by [Queue.Sweep]. All of this happens in Lua scripts: each is one atomic step, and safe to
// repeat, because a client that lost the answer will. Time is what passes on Redis's clock, and no step
// of that clock counts: see scripts/common.lua.
package queue

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/redisconn"
)

// DefaultLease is how long a worker may be silent before its job is given to another one.
const DefaultLease = 12 * time.Second

// Config says where Redis is and how patient the queue is. Zero values mean the defaults.
type Config struct {
	Redis redisconn.Config

	Lease       time.Duration // a running job not renewed for this long is given to another worker; 12 s
	Grace       time.Duration // from pop to claim; 2 s
	MaxAttempts int           // then a job goes onto the dead list; 4
	RetryDelay  time.Duration // before the second attempt; then 8 times, then 60 times this; 1 s
	Unread      time.Duration // a job that no living worker can read fails after this; 6 h
	Retention   time.Duration // how long Redis remembers how a job ended; 30 days
	MaxWaiting  int           // Put refuses when a list is this long; 10,000; negative: any length
	ClientBytes int64         // Put refuses when packages of one client that have not ended have this many bytes; 64 MiB
	TotalBytes  int64         // the same of all clients together; 1 GiB
	MinReplicas int           // Put answers only when this many replicas have the job; 0
}

func (c Config) withDefaults() (Config, error) {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.Lease, DefaultLease)
	set(&c.Grace, 2*time.Second)
	set(&c.RetryDelay, time.Second)
	set(&c.Unread, 6*time.Hour)
	set(&c.Retention, 30*24*time.Hour)
	if c.MaxAttempts == 0 {
		c.MaxAttempts = 4
	}
	if c.MaxWaiting == 0 {
		c.MaxWaiting = 10_000
	}
	if c.ClientBytes == 0 {
		c.ClientBytes = 64 << 20
	}
	if c.TotalBytes == 0 {
		c.TotalBytes = 1 << 30
	}
	if min(c.Lease, c.Grace, c.RetryDelay, c.Unread, c.Retention) < time.Millisecond {
		return c, errors.New("lease, grace, retry delay, unread and keep must be at least a millisecond")
	}
	if c.MaxAttempts < 1 || c.MinReplicas < 0 {
		return c, errors.New("there must be at least one attempt, and no negative number of replicas")
	}
	return c, nil
}

// Queue is a client of the queue. It is safe for concurrent use.
type Queue struct {
	cfg Config
	cmd redis.UniversalClient // for scripts: repeats what went wrong, since every script may be repeated
	pop redis.UniversalClient // for BRPOP alone: never repeats

	paused  atomic.Bool // as the last sweep saw it
	popping *popConnections

	statuses statusBatches
	written  written
}

// Open prepares a queue. It does not connect: the error is about the configuration, and never holds
// a password.
func Open(cfg Config) (*Queue, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configuring the queue: %w", err)
	}
	o, err := cfg.Redis.Options()
	if err != nil {
		return nil, fmt.Errorf("configuring the queue: %w", err)
	}
	popping := &popConnections{}
	cmd := newCommandClient(*o)
	return &Queue{cfg: cfg, cmd: cmd, pop: newPopClient(*o, popping), popping: popping, statuses: statusBatches{cmd: cmd}}, nil
}

// Close closes all connections. A pop that is blocked ends with an error.
func (q *Queue) Close() error { return errors.Join(q.cmd.Close(), q.pop.Close()) }

// Ping reports whether Redis can be reached, lets us in, and takes what is written: a replica does not, nor
// a master that has too few replicas or a full disk.
func (q *Queue) Ping(ctx context.Context) error {
	// It removes nothing: that is refused wherever a write is, but for a lack of memory.
	return unavailable("pinging redis", q.cmd.ZRem(ctx, keyOpen, "").Err())
}

// newCommandClient repeats a command whose answer was lost: every script here may be repeated. It
// gives up a connection that is dead without a word soon enough to renew a lease on another one.
func newCommandClient(o redis.UniversalOptions) redis.UniversalClient {
	o.ContextTimeoutEnabled = true
	o.ReadTimeout, o.WriteTimeout = 3*time.Second, 3*time.Second
	return redis.NewUniversalClient(&o)
}

// node is the connection pool of the server that has the keys, for what must stay on one connection.
func (q *Queue) node(ctx context.Context) (redis.UniversalClient, error) {
	if c, ok := q.cmd.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, keyOpen)
	}
	return q.cmd, nil
}

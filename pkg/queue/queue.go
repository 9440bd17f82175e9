// Package queue is the Redis side of Smalti: front ends put packages on a list, workers take them with
// BRPOP, and whatever is killed, cut off or frozen in between, each job ends. [Queue] is for those two;
// [Ops] is for the people who run the system.
//
// All keys have the hash tag {smalti}, so that they share a slot of a Redis Cluster:
//
//	{smalti}:interactive  list: the packages that people wait for, the next one at the tail
//	{smalti}:bulk         list: the others, taken only when the first list is empty
//	{smalti}:job:<id>     hash: the job's record; the lists say who is next, the record says what is true
//	{smalti}:open         sorted set, the ledger: all unfinished jobs, by the time (ms) of their next check
//	{smalti}:waiting:…    sorted set for each list: the jobs on it, by sequence number
//	{smalti}:seq, :front  counters: the numbers of jobs that go to the back, and to the front, of a list
//	{smalti}:done:<id>    string, the completion key: a job.Status as JSON, done or failed
//	{smalti}:dead         hash: jobs that were given up (by id) and invalid elements, with a reason, as JSON
//	{smalti}:failures     list: how the last 50 jobs that failed ended, the newest first
//	{smalti}:workers      sorted set: workers by their last heartbeat (ms)
//	{smalti}:beats        hash by worker: its heartbeat as JSON; in :names, which run of its program has
//	                      the name; in :holds, the id of the last job that it claimed
//	{smalti}:clock        hash: the time on the queue's own clock (now, ms), and what Redis's clock said
//	                      then (redis, ms); all other times (ms) here are the queue's; and what the last sweep
//	                      noted (swept, see scripts/clock.lua)
//	{smalti}:interactive:<v>, :bulk:<v>
//	                      lists: packages of version v, left by workers that do not read it; only workers
//	                      that do look there, and first. In :versions (set), which there are; in :readers
//	                      (sorted set), when a live worker last read a version (ms)
//	{smalti}:competing:…  set for each client: its jobs that compete for workers, two at most
//	{smalti}:held:…       sorted set for each client: its other jobs, in their order; in :holders, the
//	                      clients that have some; in :aside:<list>, all of them
//	{smalti}:extra        string: the job that was let in because nobody else waited
//	{smalti}:sizes        hash by job: the bytes of its package, and its client; in :spent, bytes by client,
//	                      and of all under the empty name
//	{smalti}:troubles     hash: counts of events that end a worker together with its metrics
//	{smalti}:stores       sorted set: the identities of the stores that belong to this Redis, by last use (ms)
//	{smalti}:scrubber     string: which process scrubs the store
//	{smalti}:deleted      sorted set: jobs that were deleted, by when (ms)
//	{smalti}:paused       string: workers take nothing while it exists; since when
//	{smalti}:synced       string: written so that replicas can confirm a Put that is repeated
//
// An element of a list is the package's JSON behind its sequence number: {"seq":17,"v":1,…}. From version
// 2 on it only names the package, {"seq":17,"v":2,"id":"…"}, which is in the record. An element that was
// pushed by hand has no number; the worker that pops it adopts it.
//
// # Why nothing is lost
//
// BRPOP removes an element from Redis before the worker has it, so an element may be lost on the way. But
// it is only a hint: record and ledger were written together with the list. A job goes through the states
// queued, running and perhaps delayed to done or failed (or deleted). A worker claims what it popped, and
// holds it by a token that no other attempt has. What was popped but not claimed within the grace, and
// what was claimed but not renewed within the lease, is put back by [Queue.Sweep]. Any process may sweep, and none is
// chosen: the reply to each heartbeat says whether it is time. All of this happens in
// Lua scripts. Each is an atomic step, and safe to repeat, because a client that lost the reply will. Time
// is what passes on Redis's clock, and steps of that clock do not count: see scripts/clock.lua.
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

// Config says where Redis is, how patient the queue is, and how much it takes. Zero values mean the
// defaults, which the comments give.
type Config struct {
	Redis redisconn.Config

	Lease       time.Duration // after this long without renewal, a running job is given to another worker; 12 s
	Grace       time.Duration // from pop to claim; 2 s
	MaxAttempts int           // then the job goes onto the dead list; 4
	RetryDelay  time.Duration // before the second attempt, then 8 times this, then 60 times; 1 s
	Unread      time.Duration // a job that no live worker can read fails after this; 6 h
	Retention   time.Duration // how long Redis remembers how a job ended, unless its package says; 30 days
	MaxWaiting  int           // Put refuses when a list is this long; 10,000; negative: any length
	ClientBytes int64         // Put refuses when the unfinished packages of a client have this many bytes; 64 MiB
	TotalBytes  int64         // the same for all clients together; 1 GiB
	MinReplicas int           // Put returns only when this many replicas have the job; 0
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
		return c, errors.New("lease, grace, retry delay, unread and retention must be at least a millisecond")
	}
	if c.MaxAttempts < 1 || c.MinReplicas < 0 {
		return c, errors.New("the number of attempts must be positive, and that of replicas not negative")
	}
	return c, nil
}

// Queue is a client of the queue. It is safe for concurrent use.
type Queue struct {
	cfg Config
	cmd redis.UniversalClient // for scripts: repeats failed ones, since every script may be repeated
	pop redis.UniversalClient // for BRPOP alone: never repeats

	paused  atomic.Bool   // according to the last sweep or heartbeat
	due     chan struct{} // has an element when a sweep is due
	told    heartbeats
	popping *popConnections

	statuses statusBatches
	endings  endings
	written  written
}

// Open returns a queue. It does not connect: an error is about the configuration, and never contains a
// password.
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
	return &Queue{cfg: cfg, cmd: cmd, pop: newPopClient(*o, popping), popping: popping, due: make(chan struct{}, 1), statuses: statusBatches{cmd: cmd}}, nil
}

// Close closes all connections. A pop that is blocked ends with an error.
func (q *Queue) Close() error { return errors.Join(q.cmd.Close(), q.pop.Close()) }

// Ping reports whether Redis can be reached, lets us in, and accepts writes: a replica does not, nor does a
// master with too few replicas or a full disk.
func (q *Queue) Ping(ctx context.Context) error {
	// This removes nothing, and is refused like any write, except for lack of memory.
	return unavailable("pinging Redis", q.cmd.ZRem(ctx, keyOpen, "").Err())
}

// newCommandClient returns a client that repeats a command whose reply was lost; all scripts may be
// repeated. It gives up a connection that died silently early enough to renew a lease on another one.
func newCommandClient(o redis.UniversalOptions) redis.UniversalClient {
	o.ContextTimeoutEnabled = true
	o.ReadTimeout, o.WriteTimeout = 3*time.Second, 3*time.Second
	return redis.NewUniversalClient(&o)
}

// node returns the client of the server that has the keys, for commands that must share a connection.
func (q *Queue) node(ctx context.Context) (redis.UniversalClient, error) {
	if c, ok := q.cmd.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, keyOpen)
	}
	return q.cmd, nil
}

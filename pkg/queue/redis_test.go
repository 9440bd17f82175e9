package queue_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

func start(t testing.TB, conf ...string) server {
	s := redistest.Start(t, conf...)
	return connect(t, s.Addr, s.Password)
}

// Full memory refuses what is new, and lets what is in flight end.
func TestOutOfMemory(t *testing.T) {
	s := start(t)
	q := s.open(t, queue.Config{})
	hurry := s.open(t, hasty())
	for _, name := range []string{"finish", "fail", "retry", "giveback", "expires", "never claimed", "claim"} {
		t.Run(name, func(t *testing.T) {
			s.raw.FlushAll(t.Context())
			p, other := put(t, q), pack(job.NewID())
			var l *queue.Lease
			switch name {
			case "expires":
				take(t, hurry, p.ID)
			case "never claimed":
				s.rawPop(t)
			case "claim":
			default:
				l = take(t, q, p.ID)
			}
			if err := s.raw.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
				t.Fatal(err)
			}
			defer s.raw.ConfigSet(context.WithoutCancel(t.Context()), "maxmemory", "0")
			_, err := q.Put(t.Context(), other)
			if !errors.Is(err, queue.ErrUnavailable) {
				t.Errorf("Put: %v, want ErrUnavailable", err)
			}
			for range 2 { // whole, and then a tick
				if err := q.Beat(t.Context(), queue.Beat{Worker: "worker", Job: p.ID}); err != nil {
					t.Error(err)
				}
			}
			if l != nil {
				if err := q.Renew(t.Context(), l, job.Progress{Phase: job.Matching}); err != nil {
					t.Error(err)
				}
			}
			want := job.Queued
			switch name {
			case "finish":
				err, want = q.Finish(t.Context(), l, result), job.Done
			case "fail":
				err, want = q.Fail(t.Context(), l, failure), job.Failed
			case "retry":
				err = q.Retry(t.Context(), l, failure)
			case "giveback":
				err = q.GiveBack(t.Context(), l)
			case "claim":
				take(t, q, p.ID)
				err, want = q.Delete(t.Context(), job.NewID(), time.Now()), job.Rendering
			default:
				sweep(t, hurry)
				take(t, q, p.ID)
				err, want = nil, job.Rendering
			}
			if err != nil {
				t.Error(err)
			}
			if st := status(t, q, p.ID); st.State != want {
				t.Errorf("State = %s, want %s", st.State, want)
			}
			if _, err := q.Status(t.Context(), other.ID); !errors.Is(err, queue.ErrUnknown) {
				t.Errorf("what was refused has a status: %v", err)
			}
		})
	}
}

func TestRedisKilledAndRestarted(t *testing.T) {
	redis := redistest.Start(t)
	s := connect(t, redis.Addr, redis.Password)
	q := s.open(t, queue.Config{})
	running, waiting := put(t, q), put(t, q)
	l := take(t, q, running.ID)
	redis.Kill()
	if _, err := q.Take(t.Context(), "worker"); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Take: %v", err)
	}
	if _, err := q.Put(t.Context(), waiting); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Put: %v", err)
	}
	if _, err := q.Status(t.Context(), waiting.ID); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Status: %v", err)
	}
	if err := redis.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := q.Finish(t.Context(), l, result); err != nil { // with scripts that the new process must learn first
		t.Error(err)
	}
	for {
		l, err := q.Take(t.Context(), "worker")
		if err != nil {
			if !errors.Is(err, queue.ErrUnavailable) {
				t.Fatal(err)
			}
			continue // a connection of the time before
		}
		if l == nil || l.Package.ID != waiting.ID {
			t.Errorf("Take = %v, want %s", l, waiting.ID)
		}
		break
	}
	if st := status(t, q, running.ID); st.State != job.Done {
		t.Errorf("Status = %+v", st)
	}
}

func TestPutWaitsForReplicas(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	host, port, _ := strings.Cut(master.Addr, ":")
	s := connect(t, master.Addr, master.Password)
	q := s.open(t, queue.Config{MinReplicas: 1})
	p := pack(job.NewID())
	if _, err := q.Put(t.Context(), p); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Put without a replica: %v", err)
	}
	replica := redistest.Start(t, "replicaof "+host+" "+port, fmt.Sprintf("masterauth %q", master.Password))
	r := connect(t, replica.Addr, replica.Password)
	testenv.WaitFor(t, "the replica to confirm the job", func() bool {
		created, err := q.Put(t.Context(), p) // made by the first Put, confirmed by this one
		if created {
			t.Error("a job was made twice")
		}
		return err == nil
	})
	put(t, q)
	if n := r.raw.LLen(t.Context(), "{smalti}:interactive").Val(); n != 2 {
		t.Errorf("the replica has %d jobs, want 2", n)
	}
	// Without its replica, the master must not confirm, not even what it has.
	replica.Kill()
	if _, err := q.Put(t.Context(), p); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Put after the replica's death: %v", err)
	}
	if _, err := r.open(t, queue.Config{}).Status(t.Context(), p.ID); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Status at a dead replica: %v", err)
	}
}

func TestReadOnlyReplica(t *testing.T) {
	s := start(t)
	q := s.open(t, queue.Config{})
	put(t, q)
	s.raw.ReplicaOf(t.Context(), "127.0.0.1", "1")
	if _, err := q.Put(t.Context(), pack(job.NewID())); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Put: %v", err)
	}
	if _, err := q.Take(t.Context(), "worker"); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Take: %v", err)
	}
}

func TestWrongPassword(t *testing.T) {
	redis := redistest.Start(t)
	q, err := queue.Open(queue.Config{Redis: redisconn.Config{URL: redis.URL(), Password: "sesame"}})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := q.Ping(t.Context()); !errors.Is(err, queue.ErrUnavailable) || strings.Contains(err.Error(), "sesame") {
		t.Errorf("Ping: %v", err)
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "cluster-enabled yes")
	s := connect(t, redis.Addr, redis.Password)
	if err := s.raw.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	testenv.WaitFor(t, "the cluster to form", func() bool {
		return strings.Contains(s.raw.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	cfg := hasty()
	cfg.Redis.URL, cfg.Redis.Password = "redis+cluster://"+redis.Addr, redis.Password
	q, err := queue.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	p := put(t, q)
	s.rawPop(t)
	if got := sweep(t, q); got != (queue.Swept{Unclaimed: 1}) {
		t.Errorf("Sweep = %+v", got)
	}
	if err := q.Finish(t.Context(), take(t, q, p.ID), result); err != nil {
		t.Error(err)
	}
	if st := status(t, q, p.ID); st.State != job.Done {
		t.Errorf("Status = %+v", st)
	}
	if err := q.Beat(t.Context(), queue.Beat{Worker: "worker"}); err != nil {
		t.Error(err)
	}
	wantDepth(t, q, queue.Depth{})

	// The cluster's own client would pop again when a reply is cut.
	put(t, q)
	put(t, q)
	proxy := s.proxy(t)
	proxy.cut(`{"seq"`)
	cfg.Redis.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, proxy.addr)
	}
	behind, err := queue.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	if l, err := behind.Take(t.Context(), "worker"); l != nil || !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Take with a cut reply = %v, %v; want an error", l, err)
	}
	if d, err := q.Ops().Overview(t.Context()); d.Interactive != 1 || err != nil {
		t.Errorf("Depth = %+v, %v; want one popped, one there", d, err)
	}
}

func TestRoundTrips(t *testing.T) {
	s := start(t)
	var asked atomic.Int64
	q := s.open(t, queue.Config{Redis: redisconn.Config{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		return countingConn{c, &asked}, err
	}}})
	once := func() {
		p := put(t, q)
		l := take(t, q, p.ID)
		for i := range 2 {
			if err := q.Renew(t.Context(), l, job.Progress{Phase: job.Gathering, Done: i}); err != nil {
				t.Fatal(err)
			}
			status(t, q, p.ID)
		}
		if err := q.Finish(t.Context(), l, result); err != nil {
			t.Fatal(err)
		}
		status(t, q, p.ID)
	}
	once() // connections are made, scripts are loaded
	before := asked.Load()
	once()
	// Put, pop, claim, finish; two renewals; three looks at the status.
	if n := asked.Load() - before; n != 9 {
		t.Errorf("a job takes %d round trips, want 9", n)
	}
}

type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c countingConn) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

func BenchmarkJob(b *testing.B) {
	q := start(b, "appendfsync everysec").open(b, queue.Config{})
	ctx := b.Context()
	for b.Loop() {
		if _, err := q.Put(ctx, pack(job.NewID())); err != nil {
			b.Fatal(err)
		}
		l, err := q.Take(ctx, "worker")
		if err != nil {
			b.Fatal(err)
		}
		if err := q.Finish(ctx, l, result); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBacklog measures with 100,000 jobs waiting.
func BenchmarkBacklog(b *testing.B) {
	const waiting = 100_000
	q := start(b, "appendfsync no", "auto-aof-rewrite-percentage 0").open(b, queue.Config{MaxWaiting: -1})
	ctx := b.Context()
	var wg sync.WaitGroup
	var last string
	for w := range 8 {
		wg.Go(func() {
			for range waiting / 8 {
				p := pack(job.NewID())
				if w == 0 {
					last = p.ID
				}
				if _, err := q.Put(ctx, p); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.Run("sweep", func(b *testing.B) {
		for b.Loop() {
			if _, err := q.Sweep(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("status", func(b *testing.B) {
		for b.Loop() {
			if _, err := q.Status(ctx, last); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("take", func(b *testing.B) {
		for b.Loop() {
			l, err := q.Take(ctx, "worker")
			if err != nil {
				b.Fatal(err)
			}
			if err := q.GiveBack(ctx, l); err != nil {
				b.Fatal(err)
			}
		}
	})
}

package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

// openURL opens a queue on more than one server.
func openURL(t *testing.T, url, password string, cfg queue.Config) *queue.Queue {
	t.Helper()
	cfg.Redis.URL, cfg.Redis.Password = url, password
	q, err := queue.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

// insist repeats a call while the servers sort themselves out.
func insist[T any](t *testing.T, doing string, call func() (T, error)) T {
	t.Helper()
	var v T
	var err error
	defer func() {
		if err != nil {
			t.Logf("%s: %v", doing, err)
		}
	}()
	testenv.WaitFor(t, doing, func() bool {
		v, err = call()
		return err == nil
	})
	return v
}

// takeSoon takes a job from servers that are sorting themselves out.
func takeSoon(t *testing.T, q *queue.Queue) *queue.Lease {
	t.Helper()
	return insist(t, "taking", func() (*queue.Lease, error) {
		l, err := q.Take(t.Context(), "worker")
		if err == nil && l == nil {
			err = errors.New("nothing came")
		}
		return l, err
	})
}

// The master is lost with jobs waiting, one running, and a pop blocked: three sentinels put the replica
// in its place, and every job that was acknowledged is there.
func TestSentinelPromotesAReplica(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	redistest.Replica(t, master)
	url := redistest.Sentinels(t, master)
	q := openURL(t, url, master.Password, queue.Config{MinReplicas: 1})
	var acked []*job.Package
	for range 20 {
		p := pack(job.NewID())
		insist(t, "putting", func() (bool, error) { return q.Put(t.Context(), p) })
		acked = append(acked, p)
	}
	running := takeSoon(t, q)
	if wrong, err := q.Ops().Inspect(t.Context()); len(wrong) != 0 || err != nil {
		t.Errorf("Inspect = %q, %v", wrong, err)
	}

	master.Kill()
	if _, err := q.Put(t.Context(), pack(job.NewID())); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("Put without a master: %v", err)
	}
	// From here on there is no replica that could confirm.
	after := openURL(t, url, master.Password, queue.Config{})
	insist(t, "finishing what was running", func() (struct{}, error) {
		return struct{}{}, after.Finish(t.Context(), running, result)
	})
	for range acked[1:] {
		l := takeSoon(t, after)
		if err := after.Finish(t.Context(), l, result); err != nil {
			t.Error(err)
		}
	}
	for _, p := range acked {
		if st, err := after.Status(t.Context(), p.ID); err != nil || st.State != job.Done {
			t.Errorf("%s was acknowledged, and is %+v, %v", p.ID, st, err)
		}
	}
	wantDepth(t, after, queue.Depth{})
}

// Everything on a cluster of three: a pop across both lists, every script, and the way to the node
// that has the keys from whichever node was named.
func TestClusterOfThree(t *testing.T) {
	t.Parallel()
	nodes := redistest.Cluster(t)
	for _, n := range nodes {
		q := openURL(t, "redis+cluster://"+n.Addr, n.Password, queue.Config{})
		for _, priority := range []job.Priority{job.Bulk, job.Interactive} {
			p := pack(job.NewID())
			p.Priority = priority
			if created, err := q.Put(t.Context(), p); err != nil || !created {
				t.Fatalf("Put = %v, %v", created, err)
			}
			l := take(t, q, p.ID)
			for doing, err := range map[string]error{
				"Renew": q.Renew(t.Context(), l, job.Progress{Phase: job.Matching}), "GiveBack": q.GiveBack(t.Context(), l),
			} {
				if err != nil && !errors.Is(err, queue.ErrLeaseLost) { // in whichever order
					t.Errorf("%s: %v", doing, err)
				}
			}
			if err := q.Finish(t.Context(), take(t, q, p.ID), result); err != nil {
				t.Error(err)
			}
			if st := status(t, q, p.ID); st.State != job.Done {
				t.Errorf("Status = %+v", st)
			}
		}
		b := queue.Beat{Worker: "worker", Instance: n.Addr}
		if _, err := q.Join(t.Context(), b); err != nil {
			t.Errorf("Join: %v", err)
		}
		if _, err := q.Sweep(t.Context()); err != nil {
			t.Errorf("Sweep: %v", err)
		}
		if err := q.Leave(t.Context(), b); err != nil {
			t.Errorf("Leave: %v", err)
		}
		if wrong, err := q.Ops().Inspect(t.Context()); len(wrong) != 0 || err != nil {
			t.Errorf("Inspect = %q, %v", wrong, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		start := time.Now()
		if l, err := q.Take(ctx, "worker"); l != nil || err != nil || time.Since(start) > 900*time.Millisecond {
			t.Errorf("Take from an empty list = %v, %v after %v; want nothing, before the pop's own time", l, err, time.Since(start))
		}
		cancel()
		wantDepth(t, q, queue.Depth{})
	}
}

package queue_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// What is written is what every living worker reads.
func testWrites(t *testing.T, s server) {
	writes := func() int { return s.open(t, queue.Config{}).WriteVersion(t.Context()) }
	beat := func(b queue.Beat) {
		t.Helper()
		b.Instance = b.Worker
		if err := s.open(t, queue.Config{}).Beat(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if got := writes(); got != job.Version {
		t.Errorf("without a worker: %d, want %d", got, job.Version)
	}
	beat(queue.Beat{Worker: "new", Reads: job.Version})
	if got := writes(); got != job.Version {
		t.Errorf("with a new worker: %d, want %d", got, job.Version)
	}
	beat(queue.Beat{Worker: "old"}) // it does not say what it reads
	if got := writes(); got != 1 {
		t.Errorf("with an old and a new worker: %d, want 1", got)
	}
	beat(queue.Beat{Worker: "old", Draining: true})
	if got := writes(); got != job.Version {
		t.Errorf("with a new worker, and an old one that takes nothing any more: %d, want %d", got, job.Version)
	}
	beat(queue.Beat{Worker: "newer", Reads: job.Version + 1})
	if got := writes(); got != job.Version {
		t.Errorf("with a newer worker: %d, want %d", got, job.Version)
	}
}

// The last worker that read version 2 is gone, and one lives that reads version 1: it gets everything
// that waits, in its order.
func testRewrite(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	var ids []string
	for range 3 {
		ids = append(ids, put(t, q).ID)
	}
	later := pack(job.NewID())
	later.SetVersion(1)
	if _, err := q.Put(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	readers := func(version string, at time.Time) {
		s.raw.ZAdd(t.Context(), "{smalti}:readers", redis.Z{Score: float64(at.UnixMilli()), Member: version})
	}
	readers("1", time.Now().Add(time.Hour))
	// A worker that reads version 1 alone leaves the others aside: foreign.lua with their version.
	for range ids {
		element := s.rawPop(t)
		seq := element[len(`{"seq":`):strings.IndexByte(element, ',')]
		id := element[strings.Index(element, `"id":"`)+6:][:22]
		if err := queue.LeaveForTest(t.Context(), q, id, seq, 2); err != nil {
			t.Fatal(err)
		}
	}
	readers("2", time.Now())
	if got, err := q.Sweep(t.Context()); err != nil || got.Rewritten != 0 {
		t.Errorf("while a reader lives: Sweep = %+v, %v", got, err)
	}
	readers("2", time.Unix(0, 0))
	if got := sweep(t, q); got != (queue.Swept{Rewritten: 3}) {
		t.Errorf("Sweep = %+v", got)
	}
	for i, id := range append(ids, later.ID) {
		if st := status(t, q, id); st.State != job.Queued || st.Position != i+1 {
			t.Errorf("number %d: %+v", i+1, st)
		}
	}
	for _, id := range append(ids, later.ID) {
		l := take(t, q, id)
		if l.Package.V != 1 || len(l.Package.Friends) != 3 {
			t.Errorf("%s came as %+v", id, l.Package)
		}
	}
	if n := s.raw.LLen(t.Context(), onlyFor("interactive", 2)).Val(); n != 0 {
		t.Errorf("%d elements are left on the list of version %s", n, strconv.Itoa(2))
	}
}

package queue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

func of(client string) *job.Package {
	p := pack(job.NewID())
	p.Client = client
	return p
}

func accept(t *testing.T, q *queue.Queue, p *job.Package) string {
	t.Helper()
	if created, err := q.Put(t.Context(), p); err != nil || !created {
		t.Fatalf("Put = %v, %v", created, err)
	}
	return p.ID
}

// One client asks for 60 mosaics. Another one's is made before the first client's third, however many
// workers there are, and no worker is idle while anything waits.
func testFairness(t *testing.T, s server) {
	for _, workers := range []int{1, 2, 3, 5} {
		t.Run(strings.Repeat("w", workers), func(t *testing.T) {
			s.raw.FlushAll(t.Context())
			q := s.open(t, queue.Config{})
			many, one := job.NewID(), job.NewID()
			var ids []string
			for range 60 {
				ids = append(ids, accept(t, q, of(many)))
			}
			wantDepth(t, q, queue.Depth{Interactive: 60, Open: 60})
			for i, id := range ids {
				if st := status(t, q, id); st.State != job.Queued || st.Position != i+1 {
					t.Fatalf("number %d: %+v", i+1, st)
				}
			}
			var running []*queue.Lease
			for i := range workers {
				running = append(running, take(t, q, ids[i])) // no worker is idle
			}
			next := workers
			honest := accept(t, q, of(one))
			if st := status(t, q, honest); st.Position > 2 {
				t.Errorf("the other client's job is number %d", st.Position)
			}
			// Each worker that is done takes the next one: at most the second job of the many goes first.
			for started := false; !started; {
				if err := q.Finish(t.Context(), running[0], result); err != nil {
					t.Fatal(err)
				}
				l := take(t, q, "")
				running = append(running[1:], l)
				switch {
				case l.Package.ID == honest:
					started = true
				case next >= 2 || l.Package.ID != ids[next]:
					t.Fatalf("job %d of the many went first", next+1)
				default:
					next++
				}
			}
			// Then all the others, in their order, each once.
			for done := 0; len(running) > 0; done++ {
				if err := q.Finish(t.Context(), running[0], result); err != nil {
					t.Fatal(err)
				}
				running = running[1:]
				if next < len(ids) {
					running = append(running, take(t, q, ids[next]))
					next++
				}
			}
			wantDepth(t, q, queue.Depth{})
			if keys := s.raw.Keys(t.Context(), "{smalti}:[hcase]*").Val(); slices.ContainsFunc(keys, func(k string) bool {
				return strings.Contains(k, ":held") || strings.Contains(k, ":competing") || strings.Contains(k, ":aside") || strings.Contains(k, ":sizes") || strings.Contains(k, "holders")
			}) {
				t.Errorf("left over: %q", keys)
			}
		})
	}
}

// What happens to jobs that are held: deleted, all of their client's competing jobs deleted, and
// programs that know nothing of clients.
func testHeld(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	client := job.NewID()
	var ids []string
	for range 6 {
		ids = append(ids, accept(t, q, of(client)))
	}
	for _, i := range []int{3, 0, 1} {
		if err := q.Delete(t.Context(), ids[i], time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if d, err := q.Ops().Overview(t.Context()); err != nil || d.Open != 3 {
		t.Errorf("Depth = %+v, %v", d, err)
	}
	for range 2 { // elements of deleted jobs
		if l, err := q.Take(t.Context(), "worker"); l != nil || err != nil {
			t.Fatalf("Take = %v, %v; want nothing", l, err)
		}
	}
	first := take(t, q, ids[2])
	second := take(t, q, ids[4])
	// A former program ends one: no place is given free at once, but by the next sweep.
	s.raw.ZRem(t.Context(), "{smalti}:open", first.Package.ID)
	if _, err := q.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := q.Retry(t.Context(), second, failure); err != nil {
		t.Fatal(err)
	}
	take(t, q, ids[5])
}

// Promised jobs go in front of newcomers, in their order, and no limit refuses them.
func testPromised(t *testing.T, s server) {
	q := s.open(t, queue.Config{MaxWaiting: 1, ClientBytes: 1000})
	newcomer := accept(t, q, of(""))
	if _, err := q.Put(t.Context(), of("")); !errors.Is(err, queue.ErrFull) {
		t.Errorf("Put = %v; want full", err)
	}
	first, second := of(""), of(job.NewID())
	for _, p := range []*job.Package{second, first} { // the last one first
		if err := q.Requeue(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{first.ID, second.ID, newcomer} {
		take(t, q, id)
	}
}

// Bytes of packages are limited for each client and in all, until their jobs end.
func testBytes(t *testing.T, s server) {
	size := 600 // of a package
	q := s.open(t, queue.Config{ClientBytes: int64(3 * size), TotalBytes: int64(5 * size)})
	client := job.NewID()
	var ids []string
	for {
		p := of(client)
		if _, err := q.Put(t.Context(), p); err != nil {
			if !errors.Is(err, queue.ErrClientFull) {
				t.Fatal(err)
			}
			break
		}
		if ids = append(ids, p.ID); len(ids) > 10 {
			t.Fatal("there is no limit")
		}
	}
	if err := q.CheckQuota(t.Context(), client, size); !errors.Is(err, queue.ErrClientFull) {
		t.Errorf("Room = %v", err)
	}
	other := job.NewID()
	if err := q.CheckQuota(t.Context(), other, size); err != nil {
		t.Errorf("Room for another client: %v", err)
	}
	accept(t, q, of(other))
	for n := 0; ; n++ {
		if err := q.CheckQuota(t.Context(), job.NewID(), size); errors.Is(err, queue.ErrFull) && !errors.Is(err, queue.ErrClientFull) {
			break
		}
		if accept(t, q, of(job.NewID())); n > 10 {
			t.Fatal("there is no limit in all")
		}
	}
	l := take(t, q, ids[0])
	if err := q.Finish(t.Context(), l, result); err != nil {
		t.Fatal(err)
	}
	accept(t, q, of(client))
	for _, id := range ids[1:] {
		if err := q.Delete(t.Context(), id, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.CheckQuota(t.Context(), client, size); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

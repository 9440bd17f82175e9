package queue_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// next is a version that this program does not read.
var next = job.Version + 1

func onlyFor(list string, version int) string {
	return "{smalti}:" + list + ":" + strconv.Itoa(version)
}

// foreign is what a program of the next version would have put on the queue.
func foreign(id string, priority job.Priority) string {
	p := pack(id)
	p.V, p.Priority = next, priority
	data, _ := json.Marshal(p)
	return strings.Replace(string(data), `"target":{"url":`, `"colour":"red","target":{"of":"a new kind","url":`, 1)
}

// leave expects the next element to be for others.
func leave(t *testing.T, q *queue.Queue, id string) *queue.OtherVersionError {
	t.Helper()
	l, err := q.Take(t.Context(), "worker")
	left, ok := errors.AsType[*queue.OtherVersionError](err)
	if l != nil || !ok || left.ID != id || left.Version != next {
		t.Fatalf("Take = %v, %v; want %s left to others", l, err, id)
	}
	return left
}

// payload is the package that a job's record has.
func (s server) payload(t *testing.T, id string) string {
	t.Helper()
	return s.raw.HGet(t.Context(), "{smalti}:job:"+id, "payload").Val()
}

// reader is a worker of the next version that lives, or that died long ago.
func (s server) reader(t *testing.T, last time.Time) {
	t.Helper()
	if err := s.raw.ZAdd(t.Context(), "{smalti}:readers", redis.Z{Score: float64(last.UnixMilli()), Member: next}).Err(); err != nil {
		t.Fatal(err)
	}
}

func testForeign(t *testing.T, s server) {
	q := s.open(t, queue.Config{MaxWaiting: 4})
	before := put(t, q)
	ids := []string{job.NewID(), job.NewID()}
	for _, id := range ids {
		s.raw.LPush(t.Context(), "{smalti}:interactive", foreign(id, job.Interactive))
	}
	slow := job.NewID()
	s.raw.LPush(t.Context(), "{smalti}:bulk", foreign(slow, job.Bulk))
	after := put(t, q)

	take(t, q, before.ID)
	if leave(t, q, ids[0]).Read {
		t.Error("nobody lives that reads it")
	}
	if o, err := q.Ops().Overview(t.Context()); err != nil || o.Unread != 1 || o.Interactive != 3 || !o.OldestInteractive.Equal(before.Created) {
		t.Errorf("Overview = %+v, %v", o, err)
	}
	s.reader(t, time.Now().Add(time.Hour))
	if !leave(t, q, ids[1]).Read {
		t.Error("somebody lives that reads it")
	}
	take(t, q, after.ID)
	leave(t, q, slow)
	if l, err := q.Take(t.Context(), "worker"); l != nil || err != nil {
		t.Errorf("what was left once is met again: %v, %v", l, err)
	}

	for i, id := range append(ids, slow) {
		if st := status(t, q, id); st.State != job.Queued || st.Attempt != 0 || st.Position != i+1 || st.Owner != "maker" {
			t.Errorf("number %d: %+v", i+1, st)
		}
	}
	if o, err := q.Ops().Overview(t.Context()); err != nil || o.Unread != 0 || o.Interactive != 2 || o.Bulk != 1 {
		t.Errorf("Overview = %+v, %v", o, err)
	}
	// Whoever reads them gets them in their order, and as they were.
	for i, id := range append(ids, slow) {
		list := []string{"interactive", "interactive", "bulk"}[i]
		element, err := s.raw.RPop(t.Context(), onlyFor(list, next)).Result()
		if err != nil || !strings.Contains(element, id) || !strings.Contains(s.payload(t, id), `"colour":"red"`) {
			t.Errorf("number %d: %q, %v; want %s", i+1, element, err, id)
		}
	}
	for _, id := range append(ids, slow) {
		if err := q.Delete(t.Context(), id, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.raw.SCard(t.Context(), "{smalti}:versions").Val(); n != 0 {
		t.Errorf("%d versions are remembered for nothing", n)
	}
	wantDepth(t, q, queue.Depth{Open: 2})

	// What workers of another version left to ours goes first.
	late := put(t, q)
	left := pack(job.NewID())
	data, _ := json.Marshal(left)
	s.raw.LPush(t.Context(), onlyFor("interactive", job.Version), data)
	take(t, q, left.ID)
	take(t, q, late.ID)
}

func testForeignNeverClaimed(t *testing.T, s server) {
	q := s.open(t, hasty())
	ids := []string{job.NewID(), job.NewID()}
	for _, id := range ids {
		s.raw.LPush(t.Context(), "{smalti}:interactive", foreign(id, job.Interactive))
		leave(t, q, id)
	}
	list := onlyFor("interactive", next)
	s.raw.RPop(t.Context(), list) // whoever did that died
	if got := sweep(t, q); got != (queue.Swept{Unclaimed: 1}) {
		t.Errorf("Sweep = %+v", got)
	}
	if e := s.raw.LIndex(t.Context(), list, -1).Val(); !strings.Contains(e, ids[0]) {
		t.Errorf("next is %q, want %s, which had its turn", e, ids[0])
	}
	if st := status(t, q, ids[0]); st.State != job.Queued || st.Position != 1 {
		t.Errorf("Status = %+v", st)
	}
	if l, err := q.Take(t.Context(), "worker"); l != nil || err != nil {
		t.Errorf("Take = %v, %v; it is for others", l, err)
	}
}

func testForeignInVain(t *testing.T, s server) {
	cfg := hasty()
	cfg.Unread = time.Millisecond
	q := s.open(t, cfg)
	id := job.NewID()
	s.raw.LPush(t.Context(), "{smalti}:interactive", foreign(id, job.Interactive))

	s.reader(t, time.Now().Add(time.Hour)) // as long as somebody reads it, it waits
	leave(t, q, id)
	if got, err := q.Sweep(t.Context()); err != nil || got.Any() {
		t.Errorf("Sweep = %+v, %v", got, err)
	}
	if st := status(t, q, id); st.State != job.Queued {
		t.Errorf("Status = %+v", st)
	}
	s.raw.ZAdd(t.Context(), "{smalti}:open", redis.Z{Score: 0, Member: id}) // its next look is due
	s.reader(t, time.Unix(0, 0))
	if got := sweep(t, q); got != (queue.Swept{Unread: 1}) {
		t.Errorf("Sweep = %+v", got)
	}
	st := status(t, q, id)
	if st.State != job.Failed || st.Failure.Code != job.Unread || st.Failure.Text == "" || st.Failure.Says.Code != "failure.unread" ||
		!strings.Contains(st.Failure.Detail, "version "+strconv.Itoa(next)) {
		t.Errorf("Status = %+v", st)
	}
	dead, err := q.Ops().DeadList(t.Context(), 10)
	if err != nil || !slices.ContainsFunc(dead, func(d queue.Dead) bool { return d.ID == id && d.Code == job.Unread }) {
		t.Errorf("DeadList = %+v, %v", dead, err)
	}
	// Once there is a worker for it, it can be made.
	if err := q.Ops().RetryDead(t.Context(), id); err != nil {
		t.Error(err)
	}
	if e := s.raw.LIndex(t.Context(), onlyFor("interactive", next), -1).Val(); !strings.Contains(e, id) || !strings.Contains(s.payload(t, id), `"colour":"red"`) {
		t.Errorf("tried again, it stands there as %q", e)
	}
}

// A web server of another version gives back what Redis forgot, without understanding it.
func testForeignPutBack(t *testing.T, s server) {
	q := s.open(t, queue.Config{MaxWaiting: 1})
	id := job.NewID()
	written := foreign(id, job.Bulk)
	p, err := job.Parse([]byte(written))
	if err == nil {
		t.Fatal("a package of the next version was read")
	}
	for range 2 { // it may be repeated
		if err := q.RequeueRaw(t.Context(), p, []byte(written)); err != nil {
			t.Fatal(err)
		}
	}
	wantDepth(t, q, queue.Depth{Bulk: 1, Open: 1})
	if st := status(t, q, id); !st.Created.Equal(pack(id).Created) || st.Owner != "maker" {
		t.Errorf("Status = %+v", st)
	}
	leave(t, q, id)
	wantDepth(t, q, queue.Depth{Bulk: 1, Open: 1})
	full := pack(job.NewID())
	full.Priority = job.Bulk
	if _, err := q.Put(t.Context(), full); !errors.Is(err, queue.ErrFull) {
		t.Errorf("Put = %v; what waits for others waits, too", err)
	}
}

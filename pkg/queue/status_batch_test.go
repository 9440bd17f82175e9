package queue_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/testenv"
)

// Those who ask at the same time each get their own answer, and a record that somebody damaged costs
// only whoever asks for that one.
func testQuestions(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	const jobs = 150
	ids := make([]string, jobs)
	for i := range ids {
		ids[i] = put(t, q).ID
	}
	damaged, unknown := job.NewID(), job.NewID()
	if err := s.raw.Set(t.Context(), "{smalti}:job:"+damaged, "no hash", 0).Err(); err != nil {
		t.Fatal(err)
	}
	before := s.scriptsRun(t)
	var all sync.WaitGroup
	for range 3 {
		for i, id := range ids {
			all.Go(func() {
				if st, err := q.Status(t.Context(), id); err != nil || st.ID != id || st.Position != i+1 {
					t.Errorf("job %d: %+v, %v", i+1, st, err)
				}
			})
		}
		all.Go(func() {
			if st, err := q.Status(t.Context(), damaged); err == nil || errors.Is(err, queue.ErrUnknown) {
				t.Errorf("the damaged one: %+v, %v", st, err)
			}
		})
		all.Go(func() {
			if st, err := q.Status(t.Context(), unknown); !errors.Is(err, queue.ErrUnknown) {
				t.Errorf("the unknown one: %+v, %v", st, err)
			}
		})
	}
	all.Wait()
	if n, questions := s.scriptsRun(t)-before, 3*(jobs+2); n >= questions/2 {
		t.Errorf("%d round trips for %d questions", n, questions)
	}
}

// However fast Redis answers, there is a moment between two batches, in which others join.
func testQuestionsKeepTheirGap(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	id := put(t, q).ID
	status(t, q, id) // so that the server has the script
	before, began := s.scriptsRun(t), time.Now()
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 50 {
				if _, err := q.Status(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	const gap = time.Millisecond
	if n, most := s.scriptsRun(t)-before, 2*int(time.Since(began)/gap)+2; n > most {
		t.Errorf("%d round trips in %v", n, time.Since(began))
	}
}

// scriptsRun counts them since the server was started; miniredis does not, and says 0.
func (s server) scriptsRun(t *testing.T) (n int) {
	t.Helper()
	stats := s.raw.Info(t.Context(), "commandstats").Val()
	if _, after, ok := strings.Cut(stats, "cmdstat_evalsha:calls="); ok {
		calls, _, _ := strings.Cut(after, ",")
		n, _ = strconv.Atoi(calls)
	}
	return n
}

// While one question is on its way, those that come wait for each other, and not for long.
func testQuestionsTogether(t *testing.T, s server) {
	direct := s.open(t, queue.Config{})
	held, other := put(t, direct), put(t, direct)
	proxy := s.proxy(t)
	behind := proxy.open(t, queue.Config{})
	status(t, behind, other.ID) // so that the server has the script

	release := make(chan struct{})
	asked := make(chan struct{})
	proxy.faults.On(faultproxy.Client, held.ID, func() bool { close(asked); <-release; return true })
	var all sync.WaitGroup
	defer all.Wait()
	defer close(release)
	all.Go(func() {
		if st, err := behind.Status(t.Context(), held.ID); err != nil || st.ID != held.ID {
			t.Errorf("the held one: %+v, %v", st, err)
		}
	})
	<-asked
	testenv.WaitFor(t, "an answer while one connection is silent", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		st, err := behind.Status(ctx, other.ID)
		return err == nil && st.ID == other.ID
	})
}

// A worker that says that it lives is not told of all others: among a thousand, that would be a
// thousand times a thousand details each second.
func testBeatsAreNotToldToWorkers(t *testing.T, s server) {
	q := s.open(t, queue.Config{})
	if err := q.Beat(t.Context(), queue.Beat{Worker: "somebody-else"}); err != nil {
		t.Fatal(err)
	}
	proxy := s.proxy(t)
	behind := proxy.open(t, queue.Config{})
	var told atomic.Int32
	proxy.faults.On(faultproxy.Server, "somebody-else", func() bool { told.Add(1); return true })
	if err := behind.Beat(t.Context(), queue.Beat{Worker: "a"}); err != nil {
		t.Fatal(err)
	}
	if told.Load() != 0 {
		t.Error("a worker is told of another one")
	}
	if beats, err := behind.Beats(t.Context()); err != nil || len(beats) != 2 || told.Load() != 1 {
		t.Errorf("Beats = %v, %v, heard %d times", beats, err, told.Load())
	}
}

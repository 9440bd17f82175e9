package mosaics

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/job"
	"smalti/web/internal/connections"
	"smalti/web/internal/pages"
	"smalti/web/internal/status"
)

// waiting is a queue in which one mosaic waits, which takes a while to find out.
type waiting struct {
	takes time.Duration
	asked atomic.Int64
}

func (f *waiting) Status(_ context.Context, id string) (job.Status, error) {
	f.asked.Add(1)
	time.Sleep(f.takes)
	return job.Status{ID: id, State: job.Queued}, nil
}

func (f *waiting) Gone(string) error { return nil }

// polling is a handler of which everybody polls the same mosaic.
func polling(q *waiting) (poll func() int) {
	h := &Handler{
		Mosaics: q, Workers: &status.Workers{Count: func(context.Context) (int, error) { return 1, nil }},
		Connections: &connections.Counter{}, Pages: &pages.Pages{}, Finals: NewFinals(),
	}
	id := job.NewID()
	return func() int {
		w := httptest.NewRecorder()
		h.Poll(w, httptest.NewRequest(http.MethodGet, "/api/v1/mosaics/"+id, nil), id)
		return w.Code
	}
}

// However many look at a mosaic, the queue is asked once in a moment, and no answer is older than that.
func TestManyWhoPollShareAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &waiting{takes: 2 * time.Millisecond}
		poll := polling(q)
		end := time.Now().Add(time.Second)
		for range 50 {
			go func() {
				for time.Now().Before(end) {
					poll()
					time.Sleep(time.Millisecond)
				}
			}()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		// 50 the first time, and then one each time
		if n, most := q.asked.Load(), int64(50+time.Second/freshFor); n > most || n < 20 {
			t.Errorf("the queue was asked %d times in a second, want at most %d", n, most)
		}
	})
}

// One who polls as pages do is always told what is true now.
func TestOneWhoPollsIsToldTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &waiting{}
		poll := polling(q)
		for n := range int64(5) {
			if poll(); q.asked.Load() != n+1 {
				t.Errorf("poll %d: the queue was asked %d times", n, q.asked.Load())
			}
			time.Sleep(status.PollAfter(job.Status{State: job.Rendering}) / 10)
		}
	})
}

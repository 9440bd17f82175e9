package lookup

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/sync/semaphore"

	"smalti/pkg/download"
	"smalti/pkg/gather"
	"smalti/pkg/portrait"
	"smalti/web/internal/problem"
)

// oneFace is a list whose only person has a photo on the web.
type oneFace struct{ Lists }

func (oneFace) Photo(context.Context, string, int, int) (string, error) {
	return "https://photos.example/1.png", nil
}

// When the visitor has gone, so does the question to the photo's server, and the seat is free.
func TestThumbsOfVisitorsWhoLeave(t *testing.T) {
	t.Parallel()
	came, left := make(chan bool), make(chan error, 1)
	seats := semaphore.NewWeighted(1)
	web := func(ctx context.Context, _ *url.URL, _ download.Version) (download.Fetched, error) {
		came <- true
		<-ctx.Done()
		left <- context.Cause(ctx)
		return download.Fetched{}, ctx.Err()
	}
	s := &Handler{
		Lists: oneFace{}, Thumbs: &Thumbs{photos: &gather.Gatherer{Web: web}, seats: seats}, Log: slog.New(slog.DiscardHandler),
		Refuse: func(http.ResponseWriter, *http.Request, error) {},
	}
	routes := mux.NewRouter()
	routes.HandleFunc("/api/v1/friends/{list}/{page}/{n}/thumb", s.Thumb)
	there := httptest.NewServer(routes)
	defer there.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, there.URL+thumbPath("AAAAAAAAAAAAAAAAAAAAAA", 0, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() {
		res, err := http.DefaultTransport.RoundTrip(req)
		if err == nil {
			res.Body.Close()
		}
		over <- err
	}()
	<-came
	leave()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("the visitor got %v", err)
	}
	if cause := <-left; !errors.Is(cause, context.Canceled) { // and not that it took too long
		t.Errorf("the photo's server was asked until %v", cause)
	}
	if err := seats.Acquire(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

func TestThumbsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seats := semaphore.NewWeighted(1)
		seats.Acquire(t.Context(), 1)
		s := &Thumbs{photos: &gather.Gatherer{Demo: portrait.Draw}, seats: seats}
		_, err := s.get(t.Context(), "demo:1")
		if p, ok := errors.AsType[*problem.Problem](err); !ok || p.Status != http.StatusServiceUnavailable || p.Retry == nil {
			t.Errorf("without a seat: %v", err)
		}
		time.AfterFunc(time.Second, func() { seats.Release(1) })
		if small, err := s.get(t.Context(), "demo:1"); err != nil || len(small) == 0 {
			t.Errorf("with a seat after a second: %v", err)
		}
	})
}

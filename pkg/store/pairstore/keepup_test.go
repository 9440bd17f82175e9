package pairstore_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/store"
	"smalti/pkg/store/pairstore"
)

// lister is a store that is only ever asked for its list.
type lister struct {
	store.Store
	mu    sync.Mutex
	asked int
	err   error
}

// since tells how often it was asked, and begins anew with another answer.
func (l *lister) since(err error) (asked int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	asked, l.asked, l.err = l.asked, 0, err
	return asked
}

func (l *lister) List(context.Context) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	return nil, l.err
}

func TestKeepUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		away := &lister{err: errors.New("no route")}
		var log strings.Builder
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			pairstore.New(away, &lister{}).KeepUp(ctx, time.Hour, slog.New(slog.NewTextHandler(io.Writer(&log), nil)))
		}()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := strings.Count(log.String(), "cannot copy mosaics"); n != 1 {
			t.Errorf("it was said %d times that a store is away: %s", n, &log)
		}
		if n := away.since(nil); n < 140 || n > 300 {
			t.Errorf("asked %d times in a day, want every 5 to 10 minutes", n)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := away.since(nil); n < 40 || n > 125 {
			t.Errorf("asked %d times in an hour, want every half to one minute", n)
		}
		cancel()
		<-ended
	})
}

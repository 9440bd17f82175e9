package store_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/store"
)

// lister is a store that is only ever asked for its list.
type lister struct {
	store.Store
	asked int
	err   error
}

func (l *lister) List(context.Context) ([]string, error) {
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
			store.NewPair(away, &lister{}).KeepUp(ctx, time.Hour, slog.New(slog.NewTextHandler(io.Writer(&log), nil)))
		}()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := strings.Count(log.String(), "cannot catch up"); n != 1 {
			t.Errorf("it was said %d times that a store is away: %s", n, &log)
		}
		if away.asked < 140 || away.asked > 300 {
			t.Errorf("asked %d times in a day, want every 5 to 10 minutes", away.asked)
		}
		away.err, away.asked = nil, 0
		time.Sleep(time.Hour)
		synctest.Wait()
		if away.asked < 40 || away.asked > 125 {
			t.Errorf("asked %d times in an hour, want every half to one minute", away.asked)
		}
		cancel()
		<-ended
	})
}

package outage_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/pkg/store"
)

func TestWatch(t *testing.T) {
	var out bytes.Buffer
	var seen []string
	w := &outage.Monitor{
		Log:    slog.New(slog.NewTextHandler(&out, nil)),
		Notify: func(k outage.Kind, on bool) { seen = append(seen, fmt.Sprint(k, " ", on)) },
	}
	for range 3 {
		w.Redis(queue.ErrUnavailable)
	}
	w.Redis(fmt.Errorf("joining: %w: %w", queue.ErrUnavailable, redisError("WRONGPASS")))
	w.StoreRoom(store.ErrFull)
	w.Store(nil) // a full store still answers
	w.Store(errors.New("connection refused"))
	w.Store(fmt.Errorf("looking at the store: %w", store.ErrLogin))
	w.Redis(nil)
	w.Redis(nil)
	w.Store(nil)
	w.StoreRoom(nil)
	w.StoreIdentity(errors.New("this one"))
	w.StoreIdentity(nil)
	want := []string{
		"redis_away true", "redis_away false", "redis_password true", "store_full true", "store_away true",
		"store_away false", "store_password true", "redis_password false", "store_password false", "store_full false",
		"store_other true", "store_other false",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("seen %q, want %q", seen, want)
	}
	if n := strings.Count(out.String(), "\n"); n != len(want) {
		t.Errorf("%d lines, want one when an outage begins, and one when it is over:\n%s", n, out.String())
	}
	for _, k := range outage.Kinds {
		if strings.Count(out.String(), "level=ERROR") != len(outage.Kinds) || strings.Count(out.String(), "outage="+string(k)+" do=") != 1 {
			t.Errorf("%s is not told, with what to do:\n%s", k, out.String())
		}
	}

	var none *outage.Monitor
	none.Redis(redisError("NOAUTH"))
}

// redisError is an error reply of Redis.
type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

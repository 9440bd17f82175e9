package intake

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/limit"
	"smalti/pkg/store"
	"smalti/web/internal/limits"
)

// together is a store of one mark, which two requests read before either of them goes on.
type together struct {
	both sync.WaitGroup
	mu   sync.Mutex
	mark string
}

func (s *together) OpenUpload(context.Context, string, string) (io.ReadCloser, error) {
	s.mu.Lock()
	mark := s.mark
	s.mu.Unlock()
	s.both.Done()
	s.both.Wait()
	if mark == "" {
		return nil, store.ErrNotFound
	}
	return io.NopCloser(strings.NewReader(mark)), nil
}

func (s *together) PutUpload(_ context.Context, _, _ string, r io.Reader, _ int64) error {
	id, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark = string(id)
	return err
}

// Two requests at the same time cannot have the same photos, though the store said to both that they are free.
func TestPhotosAreClaimedOnce(t *testing.T) {
	t.Parallel()
	l := limit.New(redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()}), slog.New(slog.DiscardHandler))
	defer l.Close()
	batch, files := job.NewID(), &together{}
	files.both.Add(2)
	if l.Hold(t.Context(), limit.Uploads, batch, "ann", 100, 0, limit.Quota{}, time.Hour) != limit.Held {
		t.Fatal("nothing is held")
	}
	s := &Intake{Store: files, Limits: &limits.Limits{Limiter: l}, Log: slog.New(slog.DiscardHandler)}
	ids, got := []string{job.NewID(), job.NewID()}, make([]error, 2)
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { got[i] = (&submission{Intake: s, id: id}).claim(t.Context(), batch, id) })
	}
	all.Wait()
	first := 0
	if got[0] != nil {
		first = 1
	}
	if got[first] != nil || got[1-first] == nil || got[1-first].Error() != errBatchUsed.Error() {
		t.Errorf("one got %v, the other %v", got[0], got[1])
	}
	if files.mark != ids[first] {
		t.Errorf("the store says that the photos are for %q, and not for %q", files.mark, ids[first])
	}
}

package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/store"
)

// A pass reads slowly, remembers where it was, and goes on there.
func TestAScrubGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := []string{"a", "b", "c", "d"}
		var seen []string
		broken := errors.New("stopping")
		ctx, cancel := context.WithCancelCause(t.Context())
		s := &Scrubber{
			List:  func(context.Context) ([]string, error) { return slices.Clone(ids), nil },
			Claim: func(context.Context) (bool, error) { return true, nil },
			Read:  func(int) {}, Rate: 1000, Cursor: filepath.Join(t.TempDir(), "scrub.json"), Log: slog.New(slog.DiscardHandler),
		}
		s.Check = func(ctx context.Context, id string, pace store.Pace) error {
			seen = append(seen, id)
			if id == "c" && len(seen) == 3 {
				cancel(broken)
			}
			return pace(ctx, 10_000)
		}
		start := time.Now()
		if err := s.pass(ctx, position{}); err == nil {
			t.Fatal("a pass that was broken off ended well")
		}
		if took := time.Since(start); took < 10*time.Second || took > 40*time.Second {
			t.Errorf("20,000 bytes at 1,000 a second took %v", took)
		}
		if err := s.pass(t.Context(), s.position()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"a", "b", "c", "c", "d"}; !slices.Equal(seen, want) || !s.position().Done {
			t.Errorf("looked at %q, want %q; then %+v", seen, want, s.position())
		}
		s.Claim = func(context.Context) (bool, error) { return false, nil }
		if err := s.pass(t.Context(), position{}); err != nil || len(seen) != 5 {
			t.Errorf("while another one scrubs: %v, looked at %q", err, seen)
		}
	})
}

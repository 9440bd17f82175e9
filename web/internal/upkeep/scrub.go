package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/pause"
	"smalti/pkg/store"
)

// Scrubber reads all finished mosaics again, slowly and one at a time, so that a damaged one is found while
// there is another copy. One of several web servers does it. After a restart it continues where it was.
type Scrubber struct {
	List   func(ctx context.Context) ([]string, error)
	Check  func(ctx context.Context, id string, pace store.Pace) error
	Claim  func(ctx context.Context) (bool, error) // whether it is this process's turn
	Read   func(bytes int)                         // is told what was read
	Rate   int                                     // bytes a second
	Cursor string                                  // path of the file with the position
	Log    *slog.Logger

	renewed time.Time // when the turn was last claimed
}

const (
	scrubPause = 24 * time.Hour // between the beginnings of two passes, at least

	// ScrubTurn is how long a turn lasts unless it is claimed again.
	ScrubTurn = 10 * time.Minute
	renewTurn = time.Minute
)

// position is how far a pass has come.
type position struct {
	Began time.Time `json:"began"`
	After string    `json:"after"` // the last id that was checked; empty: none yet
	Done  bool      `json:"done"`
}

// Run scrubs until ctx ends.
func (s *Scrubber) Run(ctx context.Context) {
	for pause.About(ctx, time.Minute) {
		at := s.position()
		if at.Done {
			if time.Since(at.Began) < pause.Jitter(scrubPause) {
				continue
			}
			at = position{}
		}
		if err := s.pass(ctx, at); err != nil && ctx.Err() == nil {
			s.Log.Warn("scrubbing the store", "error", err)
		}
	}
}

// Pass checks every mosaic once, now.
func (s *Scrubber) Pass(ctx context.Context) error { return s.pass(ctx, position{}) }

// pass checks every mosaic after a position, in the order of their ids.
func (s *Scrubber) pass(ctx context.Context, at position) error {
	if mine, err := s.Claim(ctx); err != nil || !mine {
		return err
	}
	ids, err := s.List(ctx)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	if at.Began.IsZero() {
		at.Began = time.Now()
	}
	for _, id := range ids {
		if id <= at.After {
			continue
		}
		if mine, err := s.Claim(ctx); err != nil || !mine {
			return err
		}
		err := s.Check(ctx, id, s.pace)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// What cannot be checked now is checked in the next pass.
		if err != nil && !isVerdict(err) {
			s.Log.Debug("scrubbing", "job", id, "error", err)
		}
		at.After = id
		s.save(at)
	}
	at.Done = true
	s.save(at)
	return nil
}

// pace waits as long as reading the bytes should take.
func (s *Scrubber) pace(ctx context.Context, bytes int) error {
	s.Read(bytes)
	if time.Since(s.renewed) > renewTurn { // a large mosaic takes longer than a turn
		s.renewed = time.Now()
		if mine, err := s.Claim(ctx); err == nil && !mine {
			return errOtherTurn
		}
	}
	if !pause.About(ctx, time.Duration(bytes)*time.Second/time.Duration(s.Rate)) {
		return context.Cause(ctx)
	}
	return nil
}

var errOtherTurn = errors.New("another process scrubs the store")

func (s *Scrubber) position() (at position) {
	data, err := os.ReadFile(s.Cursor)
	if err != nil || json.Unmarshal(data, &at) != nil {
		return position{} // from the beginning
	}
	return at
}

// save need not survive a crash of the machine: at worst the pass starts over.
func (s *Scrubber) save(at position) {
	data, err := json.Marshal(at)
	if err == nil {
		err = atomicfile.Replace(s.Cursor, 0o600, func(f *os.File) error { _, err := f.Write(data); return err })
	}
	if err != nil {
		s.Log.Debug("saving the scrubber's position", "error", err)
	}
}

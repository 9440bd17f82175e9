package limits

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// trickle gives some bytes every so often, until the deadline.
type trickle struct {
	bytes    int
	every    time.Duration
	deadline time.Time
}

func (s *trickle) Read(p []byte) (int, error) {
	if until := time.Until(s.deadline); until < s.every {
		time.Sleep(until)
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(s.every)
	return min(s.bytes, len(p)), nil
}

func (s *trickle) Close() error { return nil }

func TestSlowSendersAreGivenUp(t *testing.T) {
	for _, tc := range []struct {
		name   string
		sender trickle
		busy   time.Duration // of this server, after each read
		from   time.Duration // it is given up not before
		to     time.Duration
	}{
		{"a byte every five seconds", trickle{bytes: 1, every: 5 * time.Second}, 0, 30 * time.Second, 36 * time.Second},
		{"nothing", trickle{bytes: 0, every: time.Hour}, 0, 30 * time.Second, 36 * time.Second},
		{"half of the pace", trickle{bytes: 512, every: time.Second}, 0, 30 * time.Second, 36 * time.Second},
		{"a slow phone", trickle{bytes: 4000, every: 2 * time.Second}, 0, sendPeriod, sendPeriod + time.Minute},
		{"a slow store", trickle{bytes: 4000, every: time.Second}, 20 * time.Second, sendPeriod, sendPeriod + time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sender, start := tc.sender, time.Now()
				body := &pacedBody{ReadCloser: &sender, deadline: func(at time.Time) error { sender.deadline = at; return nil }, end: start.Add(sendPeriod)}
				buffer := make([]byte, 4096)
				for {
					_, err := body.Read(buffer)
					if err == nil {
						time.Sleep(tc.busy)
						continue
					}
					if took := time.Since(start); !errors.Is(err, ErrTooSlow) || took < tc.from || took > tc.to {
						t.Errorf("%v after %v, want between %v and %v", err, took, tc.from, tc.to)
					}
					return
				}
			})
		})
	}
}

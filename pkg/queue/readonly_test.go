package queue_test

import (
	"errors"
	"testing"

	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
)

// A Redis that takes nothing is not ready: a replica, or a master that misses its replicas.
func TestPingNoticesThatNothingCanBeWritten(t *testing.T) {
	master := redistest.Start(t)
	s := connect(t, master.Addr, master.Password)
	q := s.open(t, queue.Config{})
	if err := q.Ping(t.Context()); err != nil {
		t.Errorf("a master: %v", err)
	}
	replica := redistest.Replica(t, master)
	if err := connect(t, replica.Addr, replica.Password).open(t, queue.Config{}).Ping(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("a replica: %v", err)
	}
	replica.Kill()
	s.raw.ConfigSet(t.Context(), "min-replicas-to-write", "1")
	if err := q.Ping(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("a master without replicas that needs one: %v", err)
	}
}

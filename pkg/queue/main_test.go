package queue_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"smalti/pkg/queue"
)

func TestMain(m *testing.M) {
	queue.LogTo(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

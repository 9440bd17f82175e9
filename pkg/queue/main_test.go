package queue_test

import (
	"log/slog"
	"testing"

	"smalti/pkg/redisconn"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	redisconn.LogTo(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

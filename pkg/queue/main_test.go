package queue_test

import (
	"log/slog"
	"testing"

	"smalti/pkg/redisconn"
	"smalti/pkg/testenv"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	testenv.Parallel(6)
	redisconn.LogTo(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

package queue_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"smalti/pkg/redisconn"
	"smalti/pkg/testenv"
)

func TestMain(m *testing.M) {
	testenv.Parallel(6)
	redisconn.LogTo(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

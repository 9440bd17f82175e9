package setup

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/admin"
	"smalti/pkg/metrics"
)

// OpenAdmin opens the admin listener. Alive returns an error that says what is stuck; it may be nil.
func OpenAdmin(f *admin.Flags, r *prometheus.Registry, alive func() error, log *slog.Logger) (*admin.Server, error) {
	s, err := admin.Listen(admin.Config{
		Addr: f.Addr, Token: f.Token(), Metrics: metrics.Handler(r), Alive: alive, Log: log, Refused: metrics.NewAdminRefused(r),
	})
	if err != nil {
		return nil, err
	}
	log.Info("admin listener", "addr", s.Addr().String())
	return s, nil
}

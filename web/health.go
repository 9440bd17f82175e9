package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"smalti/pkg/admin"
	"smalti/pkg/config"
	"smalti/pkg/store"
	"smalti/web/internal/answer"
)

// getHealth says that this process answers, and nothing about anybody else: a restart would not
// mend Redis.
func (s *server) getHealth(w http.ResponseWriter, r *http.Request) {
	answer.JSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// readyTimeout is less than a load balancer waits.
const readyTimeout = 2 * time.Second

// getReady says whether this server can accept a mosaic and show one.
func (s *server) getReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	state := map[string]string{"queue": "ok", "store": "ok"}
	code := http.StatusOK
	for part, ping := range map[string]func(context.Context) error{"queue": s.queue.Ping, "store": s.store.Ping} {
		if err := ping(ctx); err != nil && !errors.Is(err, store.ErrBusy) {
			s.log.Warn("not ready", "part", part, "error", err)
			state[part] = "unreachable"
			code = http.StatusServiceUnavailable
		}
	}
	if err := s.stores.Last(ctx); err != nil {
		state["store"] = "another"
		code = http.StatusServiceUnavailable
	}
	answer.JSON(w, code, state)
}

// health is the subcommand for a container's health check.
func health(s *config.Set) config.Run {
	listen := s.String("listen", "localhost:8080", "`address` of the pages")
	return func(ctx context.Context, _, _ io.Writer) error { return admin.Health(ctx, *listen, "/readyz") }
}

// answers asks this process the way a browser would, through its own listener.
func (sys *system) answers() error {
	ctx, cancel := context.WithTimeout(sys.ctx, 5*time.Second)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, sys.url()+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is answered with %d", req.URL, res.StatusCode)
	}
	return nil
}

// Package admin is the HTTP listener for operators: metrics, profiles, health, and what a program adds.
// It is separate from the listener that serves pages.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"smalti/pkg/listener"
)

// Config says where to listen and who is let in.
type Config struct {
	Addr string // host:port

	// Token is required as a bearer token (RFC 6750), or, for browsers, as the password of basic
	// authentication (RFC 7617) with any user name. Without a token, only requests to localhost are
	// answered, and Addr must be a loopback address.
	Token string

	// Refused is called for each refused request. It must not block, and be safe for concurrent use. It
	// may be nil. Refusals are also logged, at most once a minute for each reason.
	Refused func(why Refusal)

	Metrics http.Handler
	Alive   func() error // an error says what is stuck; may be nil
	Log     *slog.Logger
}

// Check checks an address and a token. The error is for operators.
func Check(addr, token string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not of the form host:port", addr)
	}
	if token == "" && !loopback(host) {
		return fmt.Errorf("%q can be reached from elsewhere: use a token, or listen on localhost", addr)
	}
	return nil
}

// Server is an open admin listener.
type Server struct {
	mux      *http.ServeMux
	http     *http.Server
	listener net.Listener
	served   chan struct{}
}

// perClient is more connections than a browser, Prometheus and a few profiles take.
const perClient = 64

// Listen opens the listener, and answers requests until it is closed.
func Listen(c Config) (*Server, error) {
	if err := Check(c.Addr, c.Token); err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("opening the admin listener: %w", err)
	}
	clients := listener.New(l, listener.Config{PerClient: perClient})
	s := &Server{mux: http.NewServeMux(), listener: clients, served: make(chan struct{})}
	s.mux.Handle("GET /metrics", c.Metrics)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if c.Alive != nil {
			if err := c.Alive(); err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
		}
		fmt.Fprintln(w, "alive")
	})
	s.mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	s.mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	s.mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	s.mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	s.mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	s.http = &http.Server{
		Handler: newGuard(c, s.mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute,
		ConnState: clients.ConnState,
		ErrorLog:  slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(clients); !errors.Is(err, http.ErrServerClosed) {
			c.Log.Error("admin listener failed", "error", err)
		}
	}()
	return s, nil
}

// Addr is the address of the listener, with its port.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Handle adds a handler. Patterns are those of http.ServeMux. It is safe while requests are served.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Close stops listening, and gives requests a second to end.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	<-s.served
	return err
}

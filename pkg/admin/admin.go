// Package admin is the listener for those who run the system: metrics, profiles, health, and what a
// program adds to it. It is never the listener that people ask for mosaics.
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

// Config says where to listen and who may come in.
type Config struct {
	Addr string // host:port

	// Token is asked for as a bearer token (RFC 6750), or as the password of basic authentication
	// (RFC 7617) with any user name, so that a browser can come in. Empty lets everybody in who names
	// this machine as localhost, and is refused on an address that others can reach.
	Token string

	// Refused is told of every request that is refused; it must not block, and be safe for concurrent
	// use. May be nil. The log is told too, at most once a minute for each reason.
	Refused func(why Refusal)

	Metrics http.Handler
	Alive   func() error // says what does not move; nil: everything does. May be nil
	Log     *slog.Logger
}

// Check says whether an admin listener may be opened with this address and token. The error is for
// ops.
func Check(addr, token string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not of the form host:port", addr)
	}
	if token == "" && !loopback(host) {
		return fmt.Errorf("%q can be reached by others: give it a token, or listen on localhost", addr)
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

// Listen opens the listener and answers from then on. Close it in the end.
func Listen(c Config) (*Server, error) {
	if err := Check(c.Addr, c.Token); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", c.Addr)
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
		Handler: newDoor(c, s.mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute,
		ConnState: clients.Note,
		ErrorLog:  slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(clients); !errors.Is(err, http.ErrServerClosed) {
			c.Log.Error("the admin listener broke", "error", err)
		}
	}()
	return s, nil
}

// Addr is where the listener is.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Handle adds to what is served. Patterns are those of http.ServeMux.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Close gives requests a second to end.
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

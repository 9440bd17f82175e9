package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/metrics"
	"smalti/web/internal/connections"
)

// A server that is told to stop still answers who came before: also a request that has just been
// accepted, and is not read yet.
func TestStoppingAnswersWhoWasAccepted(t *testing.T) {
	c, err := readSettings([]string{"-listen", "127.0.0.1:0", "-data", t.TempDir()}, noEnvironment, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	sys, err := start(ctx, c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	addr := sys.listener.Addr().String()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	silent, late := dial(), dial()
	io.WriteString(late, "GET /healthz HTTP/1.1\r\n")
	for sys.starting.Len() < 2 {
		time.Sleep(time.Millisecond)
	}
	ended := make(chan error)
	stop()
	go func() { ended <- sys.wait() }()
	for { // until nothing more is accepted
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		conn.Close()
	}
	io.WriteString(late, "Host: localhost\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(late), nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("a request that was accepted before: %v, %v", answer, err)
	}
	if n, err := silent.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("who asks for nothing got %d bytes, %v", n, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Others that look at a server's connections go on seeing them.
func TestOthersSeeConnectionsAsWell(t *testing.T) {
	s := waitingServer(t)
	front := httptest.NewUnstartedServer(s.handler(metrics.NewWeb(prometheus.NewRegistry())))
	front.Config.ConnState = s.connections.ConnState
	new(connections.Starting).Watch(front.Config)
	front.Start()
	defer front.Close()
	res, err := front.Client().Get(front.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if s.connections.Open() != 1 {
		t.Errorf("%d connections are counted, want 1", s.connections.Open())
	}
}

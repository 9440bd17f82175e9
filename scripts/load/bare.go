//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"smalti/pkg/rig"
)

// bareCommand makes this program the server that the web server is compared with: a handler that
// writes an answer which it has, with a header, and nothing else.
const bareCommand = "-serve-bare"

// bareBody is as long as a poll's answer.
const bareBody = `{"id":"AAAAAAAAAAAAAAAAAAAAAA","state":"queued","position":100,"created":"2026-01-01T00:00:00.000000000Z","workers":4,"poll_after_ms":5000}` + "\n"

// serveBare serves at an address until it is killed.
func serveBare(addr string) int {
	err := http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(bareBody))
	}))
	fmt.Fprintf(os.Stderr, "load: %v\n", err)
	return 1
}

// startBare starts it as a process of its own. Retire it in the end.
func startBare() (*rig.Member, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	l.Close()
	m := &rig.Member{Name: "bare", Path: self, Args: []string{bareCommand, addr}, Addr: addr, Out: os.Stderr}
	return m, m.Start()
}

// median of an odd or even number of values; they are sorted.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// slice is how long one of the two servers is asked before it is the other's turn.
const slice = time.Second

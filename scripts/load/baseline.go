//go:build linux

package main

import (
	"fmt"
	"net/http"
	"os"

	"smalti/pkg/harness"
)

// baselineCommand makes this program the server that the web server is compared with: a handler that writes
// a constant answer with a header, and nothing else.
const baselineCommand = "-serve-baseline"

// baselineBody is as long as the answer to a poll.
const baselineBody = `{"id":"AAAAAAAAAAAAAAAAAAAAAA","state":"queued","position":100,"created":"2026-01-01T00:00:00.000000000Z","workers":4,"poll_after_ms":5000}` + "\n"

// serveBaseline serves at an address until it is killed.
func serveBaseline(addr string) int {
	err := http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(baselineBody))
	}))
	fmt.Fprintf(os.Stderr, "load: %v\n", err)
	return 1
}

// startBaseline starts it as a process of its own. The caller must retire it.
func startBaseline() (*harness.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := harness.FreeAddr()
	if err != nil {
		return nil, err
	}
	p := &harness.Process{Name: "baseline", Path: self, Args: []string{baselineCommand, addr}, Addr: addr, Out: os.Stderr}
	return p, p.Start()
}

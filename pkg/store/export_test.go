package store

import (
	"context"
	"net"
	"time"
)

// Rewire makes r connect in another way, and lose its patience sooner.
func Rewire(r *Remote, dial func(ctx context.Context, network, addr string) (net.Conn, error), idle time.Duration) {
	r.connect, r.idle = dial, idle
}

// Forget cuts the connections that r keeps.
func (r *Remote) Forget() { r.dropKept() }

// For the fuzz tests.
var (
	ParseManifest   = parseManifest
	ParseServerPath = func(p string) (rel string, err error) {
		at, err := parseServerPath(p)
		return at.rel, err
	}
)

//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

// readerAddresses is how many addresses the slow readers have together.
const readerAddresses = 10

var readersAttack = attack{
	name: "readers", about: "many connections that ask for a large plan.json and never read it",
	prepare: func(t *target) (func(), func(*findings), error) {
		path, err := t.largePlan()
		var open atomic.Int64 // connections, at the end
		run := func() {
			var all sync.WaitGroup
			for i := range t.connections {
				all.Go(func() {
					pause.For(t.ctx, time.Duration(i)*2*time.Millisecond)
					for ok := true; ok; ok = pause.For(t.ctx, time.Second) {
						if t.requestWithoutReading(path, attackerIP(i%readerAddresses)) {
							open.Add(1)
						}
					}
				})
			}
			all.Wait()
		}
		return run, func(found *findings) { found.cost("%d connections were open at the end", open.Load()) }, err
	},
}

// largePlan makes a mosaic with very many cells.
func (t *target) largePlan() (path string, err error) {
	c := harness.Client{HTTP: clientAt(attackerIP(0)), URL: func() string { return t.url(0) }}
	r := harness.Request{Type: "application/json", Body: []byte(`{"source":"demo","options":{"columns":300,"rows":300,"tile":8}}`)}
	id := t.request(c.HTTP, 0, r)
	ctx, cancel := context.WithTimeout(t.ctx, 2*time.Minute)
	defer cancel()
	for pause.For(ctx, 200*time.Millisecond) {
		m, res, err := c.Poll(ctx, id, "")
		if err != nil {
			return "", fmt.Errorf("the large mosaic: %w", err)
		}
		if res.Code != http.StatusOK || m.State == "failed" {
			return "", fmt.Errorf("the large mosaic: %d %s", res.Code, res.Body)
		}
		if m.State == "done" {
			return m.Links["plan.json"], nil
		}
	}
	return "", ctx.Err()
}

// requestWithoutReading requests a file and reads nothing until the server closes the connection or the
// attack is over. It reports whether the connection was open at the end.
func (t *target) requestWithoutReading(path, ip string) bool {
	d := dialerAt(ip)
	d.Control = smallWindow
	c, err := d.DialContext(t.ctx, "tcp", t.addr())
	if err != nil {
		t.answered("refused")
		return false
	}
	defer func() { _ = c.Close() }()
	t.requests.Add(1)
	err = t.write(c, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n\r\n", path, t.addr()))
	for err == nil {
		if !pause.For(t.ctx, time.Second) {
			return true
		}
		err = stillOpen(c)
	}
	t.answered("closed")
	return false
}

// smallWindow lets a connection receive next to nothing that is not read.
func smallWindow(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
}

// stillOpen tells without reading whether the server has closed a connection: it then answers a byte with a
// reset. The byte begins an empty line before the next request (RFC 9112, section 2.2).
func stillOpen(c net.Conn) error {
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	_, err := c.Write([]byte("\r"))
	return err
}

//go:build linux

package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/pause"
)

// The addresses of slow senders. They are enough to fill everybody's quota if each may announce 512 MiB four
// times.
const (
	declaredConnections = 100
	declaredAddresses   = 34
	trickleAddresses    = 20
)

var declaredAttack = attack{
	name: "declared", about: "uploads that declare 512 MiB and send next to nothing",
	prepare: func(t *target) (func(), func(*findings), error) {
		return t.trickle(min(declaredConnections, t.connections), declaredAddresses, "multipart/form-data; boundary=b", 512<<20,
			"--b\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\nupload\r\n"+
				"--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\n\xff\xd8\xff\xe0\x00\x10JFIF")
	},
}

var trickleAttack = attack{
	name: "trickle", about: "many connections that send a byte each second",
	prepare: func(t *target) (func(), func(*findings), error) {
		return t.trickle(t.connections, trickleAddresses, "application/json", 1_000_000, `{"source":"list","friends":[ `)
	},
}

// trickle opens connections, sends the beginning of a request on each and then a byte every second. A closed
// one is opened again, a few times.
func (t *target) trickle(connections, addresses int, kind string, length int, body string) (func(), func(*findings), error) {
	head := fmt.Sprintf("POST /api/v1/mosaics HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", t.addr(), kind, length, body)
	var open atomic.Int64 // connections, at the end
	one := func(i int) {
		pause.For(t.ctx, time.Duration(i)*2*time.Millisecond)
		for range 3 {
			c, err := dialerAt(attackerIP(i%addresses)).DialContext(t.ctx, "tcp", t.addr())
			switch {
			case err != nil:
				t.answered("refused")
			case t.drip(c, head):
				open.Add(1)
			}
			if !pause.For(t.ctx, time.Second) {
				return
			}
		}
	}
	run := func() {
		var all sync.WaitGroup
		for i := range connections {
			all.Go(func() { one(i) })
		}
		all.Wait()
	}
	return run, func(found *findings) { found.cost("%d connections were open at the end", open.Load()) }, nil
}

// drip sends until the server answers or closes the connection, or the attack is over. It reports whether the
// connection was open at the end.
func (t *target) drip(c net.Conn, head string) bool {
	defer func() { _ = c.Close() }()
	t.requests.Add(1)
	err := t.write(c, head)
	answer := make([]byte, 1024)
	for err == nil {
		if !pause.For(t.ctx, time.Second) {
			return true
		}
		_ = c.SetDeadline(time.Now().Add(time.Millisecond))
		if n, _ := c.Read(answer); n > 9 {
			t.answered(string(answer[9:min(n, 12)])) // after "HTTP/1.1 "
			return false
		}
		_ = c.SetDeadline(time.Now().Add(time.Second))
		err = t.write(c, " ")
	}
	t.answered("closed")
	return false
}

//go:build linux

package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

// The addresses from which slow senders come: as many as it takes to fill everybody's quota, where
// 512 MiB may be declared four times by each.
const (
	declarers        = 100
	declarerFrom     = 34
	trickleAddresses = 20
)

var declaredAttack = attack{
	name: "declared", about: "uploads that declare 512 MiB and send next to nothing",
	prepare: func(f *field) error { f.state = new(atomic.Int64); return nil },
	run: func(f *field) {
		head := "POST /api/v1/mosaics HTTP/1.1\r\nHost: " + f.addr(0) + "\r\nContent-Type: multipart/form-data; boundary=b\r\n" +
			fmt.Sprintf("Content-Length: %d\r\n\r\n", 512<<20) +
			"--b\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\nupload\r\n" +
			"--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\n\xff\xd8\xff\xe0\x00\x10JFIF"
		f.trickle(min(declarers, f.connections), declarerFrom, head)
	},
	judge: stillTrickling,
}

var trickleAttack = attack{
	name: "trickle", about: "many connections that send a byte each second",
	prepare: func(f *field) error { f.state = new(atomic.Int64); return nil },
	run: func(f *field) {
		head := "POST /api/v1/mosaics HTTP/1.1\r\nHost: " + f.addr(0) + "\r\nContent-Type: application/json\r\n" +
			"Content-Length: 1000000\r\n\r\n{\"source\":\"list\",\"friends\":[ "
		f.trickle(f.connections, trickleAddresses, head)
	},
	judge: stillTrickling,
}

// trickle opens connections, sends the head down each and then a byte every second. One that is closed
// is opened again, a few times.
func (f *field) trickle(connections, addresses int, head string) {
	const again = 3
	open := f.state.(*atomic.Int64)
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() {
			rig.Wait(f.ctx, time.Duration(i)*2*time.Millisecond)
			for range again {
				c, err := dialerAt(attackerIP(i%addresses)).DialContext(f.ctx, "tcp", f.addr(0))
				switch {
				case err != nil:
					f.answered("refused")
				case f.drip(c, head):
					open.Add(1)
				}
				if !rig.Wait(f.ctx, time.Second) {
					return
				}
			}
		})
	}
	all.Wait()
}

// drip sends until the other side answers or closes the connection, or the attack is over; then it
// reports true.
func (f *field) drip(c net.Conn, head string) (open bool) {
	defer c.Close()
	f.requests.Add(1)
	n, err := c.Write([]byte(head))
	f.sent.Add(int64(n))
	answer := make([]byte, 1024)
	for err == nil {
		if !rig.Wait(f.ctx, time.Second) {
			return true
		}
		c.SetDeadline(time.Now().Add(time.Millisecond))
		if n, _ := c.Read(answer); n > 0 {
			f.answered(string(answer[9:min(n, 12)])) // behind HTTP/1.1
			return false
		}
		c.SetDeadline(time.Now().Add(time.Second))
		_, err = c.Write([]byte(" "))
		f.sent.Add(1)
	}
	f.answered("closed")
	return false
}

func stillTrickling(f *field, found *findings) {
	found.cost("%d connections were open at the end", f.state.(*atomic.Int64).Load())
}

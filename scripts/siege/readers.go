//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/rig"
)

// readerAddresses is how many addresses the slow readers have together.
const readerAddresses = 10

// slowReaders are the attack's connections that were open at the end, and the file that they ask for.
type slowReaders struct {
	path string
	open atomic.Int64
}

var readersAttack = attack{
	name: "readers", about: "many connections that ask for a large plan.json and never read it",
	prepare: func(f *field) error {
		path, err := f.largePlan()
		f.state = &slowReaders{path: path}
		return err
	},
	run: func(f *field) {
		s := f.state.(*slowReaders)
		var all sync.WaitGroup
		for i := range f.connections {
			all.Go(func() {
				rig.Wait(f.ctx, time.Duration(i)*2*time.Millisecond)
				for f.ctx.Err() == nil {
					s.read(f, i)
					rig.Wait(f.ctx, time.Second)
				}
			})
		}
		all.Wait()
	},
	judge: func(f *field, found *findings) {
		found.cost("%d connections were open at the end", f.state.(*slowReaders).open.Load())
	},
}

// largePlan makes a mosaic with very many cells.
func (f *field) largePlan() (path string, err error) {
	c := clientAt(attackerIP(0))
	id := f.ask(c, f.base(0), []byte(`{"source":"demo","options":{"columns":300,"rows":300,"tile":8}}`))
	ctx, cancel := context.WithTimeout(f.ctx, 2*time.Minute)
	defer cancel()
	for rig.Wait(ctx, 200*time.Millisecond) {
		code, data, _, err := rig.Do(ctx, c, "GET", f.base(0)+"/api/v1/mosaics/"+id, nil)
		var a rig.Answer
		if err != nil || code != http.StatusOK || json.Unmarshal(data, &a) != nil || a.State == "failed" {
			return "", fmt.Errorf("the large mosaic: %d %s %v", code, data, err)
		}
		if a.State == "done" {
			return a.Links["plan.json"], nil
		}
	}
	return "", ctx.Err()
}

// read asks for the file and reads nothing, until the server ends that or the attack is over.
func (s *slowReaders) read(f *field, i int) {
	d := dialerAt(attackerIP(i % readerAddresses))
	d.Control = smallWindow
	c, err := d.DialContext(f.ctx, "tcp", f.addr(0))
	if err != nil {
		f.answered("refused")
		return
	}
	defer c.Close()
	f.requests.Add(1)
	n, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n\r\n", s.path, f.addr(0))
	f.sent.Add(int64(n))
	for err == nil {
		if !rig.Wait(f.ctx, time.Second) {
			s.open.Add(1)
			return
		}
		err = stillOpen(c)
	}
	f.answered("closed")
}

// stillOpen tells without reading whether the other side has closed a connection: then it answers the
// next byte with a reset. The byte is the beginning of an empty line before the next request (RFC 9112, 2.2).
func stillOpen(c net.Conn) error {
	c.SetWriteDeadline(time.Now().Add(time.Second))
	_, err := c.Write([]byte("\r"))
	return err
}

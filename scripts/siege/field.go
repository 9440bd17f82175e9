//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"smalti/pkg/rig"
)

// field is where an attack takes place: the system, and what the attacker sent and was told. It is safe
// for concurrent use.
type field struct {
	*rig.System
	*settings
	ctx  context.Context
	stop context.CancelFunc

	dir    string
	admin  string      // address of the admin listener
	photos *rig.Photos // honest people's
	slow   *rig.Photos // of a third party
	starts *starts

	sent     atomic.Int64 // bytes
	requests atomic.Int64
	largest  atomic.Int64 // answer, in bytes

	mu      sync.Mutex
	answers map[string]int // by status code, or what happened instead

	state any // of the attack
}

func (f *field) close() {
	if f.System != nil {
		f.System.Stop()
	}
	for _, p := range []*rig.Photos{f.photos, f.slow} {
		if p != nil {
			p.Close()
		}
	}
}

// Everybody's address is on this machine: honest people are at 127.1, attackers at 127.66.
const thirdPartyIP = "127.0.0.9"

func attackerIP(i int) string { return fmt.Sprintf("127.66.%d.%d", i/250, i%250+1) }

func honestIP(i int) string { return fmt.Sprintf("127.1.%d.%d", i/250, i%250+1) }

// clientAt is a client with an address of its own.
func clientAt(ip string) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: dialerAt(ip).DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: 20 * time.Second, DisableCompression: true,
	}}
}

func dialerAt(ip string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}, Timeout: 10 * time.Second}
}

// smallWindow has a connection take next to nothing from the other side until somebody reads.
func smallWindow(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
}

// answered notes what the attacker was told.
func (f *field) answered(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answers == nil {
		f.answers = map[string]int{}
	}
	f.answers[what]++
}

func (f *field) count(what string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answers[what]
}

// told is what the attacker sent and got, for the table.
func (f *field) told() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d requests, %s", f.requests.Load(), size(f.sent.Load()))
	for i, what := range slices.Sorted(maps.Keys(f.answers)) {
		fmt.Fprintf(&b, "%s %d x %s", [...]string{":", ","}[min(i, 1)], f.answers[what], what)
	}
	return b.String()
}

// send is one request of the attacker. The answer's beginning is returned; all of it is read, and
// counted.
func (f *field) send(c *http.Client, method, url string, body []byte, header ...string) (code int, head []byte) {
	f.requests.Add(1)
	req, err := http.NewRequestWithContext(f.ctx, method, url, &counted{r: body, n: &f.sent})
	if err != nil {
		f.answered("bad request")
		return 0, nil
	}
	req.ContentLength = int64(len(body))
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		if f.ctx.Err() == nil {
			f.answered("broken off")
		}
		return 0, nil
	}
	defer res.Body.Close()
	head, _ = io.ReadAll(io.LimitReader(res.Body, 1<<20))
	rest, _ := io.Copy(io.Discard, res.Body)
	for n := int64(len(head)) + rest; ; {
		most := f.largest.Load()
		if n <= most || f.largest.CompareAndSwap(most, n) {
			break
		}
	}
	f.answered(fmt.Sprint(res.StatusCode))
	return res.StatusCode, head
}

// ask is a request for a mosaic. What is accepted is known as the attacker's from then on.
func (f *field) ask(c *http.Client, base string, body []byte, header ...string) (id string) {
	if len(header) == 0 {
		header = []string{"Content-Type", "application/json"}
	}
	code, answer := f.send(c, "POST", base+"/api/v1/mosaics", body, header...)
	var a rig.Answer
	if code != http.StatusAccepted || json.Unmarshal(answer, &a) != nil {
		return ""
	}
	f.starts.attackers(a.ID)
	return a.ID
}

func (f *field) base(i int) string { return f.Bases()[i%len(f.Bases())] }

func (f *field) addr(i int) string { return strings.TrimPrefix(f.base(i), "http://") }

// counted reads from a slice, and counts.
type counted struct {
	r []byte
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	if len(c.r) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.r)
	c.r = c.r[n:]
	c.n.Add(int64(n))
	return n, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", rig.ServerIP+":0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func size(n int64) string {
	switch {
	case n >= 10e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1e3)
}

//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"smalti/pkg/harness"
)

// target is the attacked system, and a record of what the attacker sent and was answered. It is safe for
// concurrent use.
type target struct {
	*harness.System
	*settings
	ctx context.Context // of what is going on now

	admin      string // address of the admin listener
	thirdParty *harness.Photos
	starts     *jobStarts

	sent     atomic.Int64 // bytes
	requests atomic.Int64
	largest  atomic.Int64 // answer, in bytes

	mu      sync.Mutex
	answers map[string]int // by status code, or what happened instead
}

func (t *target) stop() {
	if t.System != nil {
		t.Stop()
	}
	if t.thirdParty != nil {
		t.thirdParty.Close()
	}
}

// All addresses are on this machine: honest people are in 127.1.0.0/16, attackers in 127.66.0.0/16.
const thirdPartyIP = "127.0.0.9"

func attackerIP(i int) string { return fmt.Sprintf("127.66.%d.%d", i/250, i%250+1) }

func honestIP(i int) string { return fmt.Sprintf("127.1.%d.%d", i/250, i%250+1) }

// clientAt is a client with its own address.
func clientAt(ip string) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: dialerAt(ip).DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: 20 * time.Second, DisableCompression: true,
	}}
}

func dialerAt(ip string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}, Timeout: 10 * time.Second}
}

// answered notes an answer to the attacker.
func (t *target) answered(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.answers == nil {
		t.answers = map[string]int{}
	}
	t.answers[what]++
}

// count returns how often the attacker got one of these answers.
func (t *target) count(answers ...string) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range answers {
		n += t.answers[a]
	}
	return n
}

// summary is what the attacker sent and was answered, for the table.
func (t *target) summary() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var answers []string
	for _, what := range slices.Sorted(maps.Keys(t.answers)) {
		answers = append(answers, fmt.Sprintf("%d x %s", t.answers[what], what))
	}
	return strings.TrimSuffix(fmt.Sprintf("%d requests, %s: %s", t.requests.Load(), size(t.sent.Load()), strings.Join(answers, ", ")), ": ")
}

// send sends a request of the attacker. It reads the whole answer and returns its beginning. Headers are
// pairs of a name and a value.
func (t *target) send(c *http.Client, method, url string, body []byte, headers ...string) (code int, head []byte) {
	t.requests.Add(1)
	req, err := http.NewRequestWithContext(t.ctx, method, url, &countedReader{data: body, n: &t.sent})
	if err != nil {
		t.answered("bad request")
		return 0, nil
	}
	req.ContentLength = int64(len(body))
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		if t.ctx.Err() == nil {
			t.answered("broken off")
		}
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	head, _ = io.ReadAll(io.LimitReader(res.Body, 1<<20)) // what cannot be read is no part of the answer
	rest, _ := io.Copy(io.Discard, res.Body)
	raise(&t.largest, int64(len(head))+rest)
	t.answered(fmt.Sprint(res.StatusCode))
	return res.StatusCode, head
}

// raise makes a value at least n.
func raise(value *atomic.Int64, n int64) {
	for {
		most := value.Load()
		if n <= most || value.CompareAndSwap(most, n) {
			return
		}
	}
}

// request sends a request for a mosaic to the i-th web server. If it is accepted, the mosaic is known to be
// the attacker's.
func (t *target) request(c *http.Client, i int, r harness.Request) (id string) {
	headers := []string{"Content-Type", r.Type, "Accept", "application/json"}
	if r.Key != "" {
		headers = append(headers, "Idempotency-Key", r.Key)
	}
	code, answer := t.send(c, http.MethodPost, t.url(i)+"/api/v1/mosaics", r.Body, headers...)
	var m harness.Mosaic
	if code != http.StatusAccepted || json.Unmarshal(answer, &m) != nil {
		return ""
	}
	t.starts.attackers(m.ID)
	return m.ID
}

func (t *target) url(i int) string { return t.URLs[i%len(t.URLs)] }

// addr is where the first web server listens.
func (t *target) addr() string { return strings.TrimPrefix(t.url(0), "http://") }

// write sends bytes of the attacker on a connection.
func (t *target) write(c net.Conn, data string) error {
	n, err := c.Write([]byte(data))
	t.sent.Add(int64(n))
	return err
}

// stored is how many bytes the system has on its disks, without what is in directories of these names.
func (t *target) stored(without ...string) (n int64) {
	_ = filepath.WalkDir(t.Dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains(without, d.Name()) {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil // a file may be gone meanwhile
	})
	return n
}

// countedReader reads from a slice and counts the bytes.
type countedReader struct {
	data []byte
	n    *atomic.Int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	c.n.Add(int64(n))
	return n, nil
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

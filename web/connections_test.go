package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"smalti/pkg/render"
	"smalti/pkg/testenv"
)

// connect opens a connection from an address of this machine, which counts as a client of its own.
func connect(t *testing.T, base, from string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: soon}
	c, err := d.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// resident is how much memory a process has, in bytes.
func resident(t *testing.T, p *program) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Skip(err) // no Linux
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

// A thousand connections on which a plan is asked for and nothing is read cost the front end little,
// and nobody else anything.
func TestNobodyReadsAThousandPlans(t *testing.T) {
	testenv.SkipRace(t, "its own memory would count")
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr)
	p.helper()
	id := accept(t, p.base, `{"source":"demo","size":"poster"}`)
	expectDone(t, p.base, id, soon)
	for i := range 1000 {
		c := connect(t, p.base, fmt.Sprintf("127.0.0.%d", 10+i/200))
		if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET /files/%s/plan.json HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n", id)
	}
	most := int64(0)
	for range 50 { // all are being answered meanwhile
		if code, _, _ := get(t, p.base+"/api/v1/mosaics/"+id); code != http.StatusOK {
			t.Errorf("an honest poll: %d", code)
		}
		most = max(most, resident(t, p.web))
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("%d MB", most>>20)
	if most > 150<<20 {
		t.Errorf("the front end has %d MB", most>>20)
	}
}

// A client has so many connections; through a proxy, so many requests at once, and the proxy's own
// are not limited.
func TestConnectionsOfOneClientAreLimited(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-limit-connections", "3", "-trust-proxy", "127.0.0.9", "-workers", "0")
	// hold sends the beginning of a request whose handler waits for the rest.
	hold := func(from, forwarded string) net.Conn {
		c := connect(t, base, from)
		fmt.Fprintf(c, "POST /api/v1/mosaics HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n%s\r\n{", forwarded)
		return c
	}
	code := func(from, forwarded string) (int, http.Header) {
		c := connect(t, base, from)
		fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", forwarded)
		c.SetReadDeadline(time.Now().Add(soon))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode, res.Header
	}
	const ann, bob = "X-Forwarded-For: 198.51.100.7\r\n", "X-Forwarded-For: 198.51.100.8\r\n"
	for range 3 {
		hold("127.0.0.2", "")
		hold("127.0.0.9", ann)
	}
	for _, tc := range []struct{ from, forwarded string }{{"127.0.0.2", ""}, {"127.0.0.9", ann}} {
		testenv.WaitFor(t, "a fourth of "+tc.from+" to be refused", func() bool {
			got, h := code(tc.from, tc.forwarded)
			return got == http.StatusTooManyRequests && h.Get("Retry-After") != ""
		})
	}
	for _, tc := range []struct{ from, forwarded string }{{"127.0.0.3", ""}, {"127.0.0.9", bob}, {"127.0.0.9", ""}} {
		if got, _ := code(tc.from, tc.forwarded); got != http.StatusOK {
			t.Errorf("%s %q: %d", tc.from, tc.forwarded, got)
		}
	}
}

// Browsers get the plan as the worker compressed it, and as it is where they do not take that, or
// where an older worker has not.
func TestPlanIsCompressedOnce(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base := startSystem(t, "-data", data)
	id := accept(t, base, small)
	expectDone(t, base, id, soon)
	plain := readPlan(t, base, id)
	download := func(header ...string) *http.Response {
		r, _ := http.NewRequest(http.MethodGet, base+"/files/"+id+"/plan.json", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	zipped := download("Accept-Encoding", "gzip")
	if zipped.Header.Get("Content-Encoding") != "gzip" || zipped.ContentLength <= 0 {
		t.Fatalf("%v, %d bytes", zipped.Header, zipped.ContentLength)
	}
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	var plan render.Plan
	if err := json.NewDecoder(z).Decode(&plan); err != nil || plan.ID != plain.ID || len(plan.Cells) != len(plain.Cells) {
		t.Errorf("unpacked: %v, %d cells, want %d", err, len(plan.Cells), len(plain.Cells))
	}
	if res := download("Accept-Encoding", "gzip", "If-None-Match", zipped.Header.Get("ETag")); res.StatusCode != http.StatusNotModified {
		t.Errorf("known already: %d", res.StatusCode)
	}
	if res := download("Accept-Encoding", "gzip", "Range", "bytes=0-0"); res.StatusCode != http.StatusPartialContent || res.Header.Get("Content-Encoding") != "" {
		t.Errorf("a part: %d %v", res.StatusCode, res.Header)
	}
	raw := download("Accept-Encoding", "identity")
	body, _ := io.ReadAll(raw.Body)
	if raw.Header.Get("ETag") == zipped.Header.Get("ETag") || body[0] != '{' {
		t.Errorf("without gzip: %v, %.8q", raw.Header, body)
	}
}

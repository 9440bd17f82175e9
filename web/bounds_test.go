package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

// greedy are requests that cost far more than honest ones, if nothing bounds them.
var greedy = []struct {
	name, method, path, contentType string
	body                            func() io.Reader
	header                          []string
}{
	{name: "field names of 4 MB", contentType: formType, body: func() io.Reader {
		return parts(10, func(int) string { return partOf(strings.Repeat("n", 4<<20), "x") })
	}},
	{name: "file names of 4 MB", contentType: formType, body: func() io.Reader {
		return parts(10, func(int) string { return fileOf("photos", strings.Repeat("n", 4<<20), "x") })
	}},
	{name: "part headers of 4 MB", contentType: formType, body: func() io.Reader {
		return parts(10, func(int) string { return "X-Long: " + strings.Repeat("n", 4<<20) + "\r\n" + partOf("source", "demo") })
	}},
	{name: "a preamble of 40 MB", contentType: formType, body: func() io.Reader {
		return io.MultiReader(times(40, strings.Repeat("preamble\r\n", 1<<20/10)), parts(1, func(int) string { return partOf("source", "demo") }))
	}},
	{name: "a million fields", contentType: formType, body: func() io.Reader {
		return parts(1_000_000, func(i int) string { return partOf(fmt.Sprint("f", i), "") })
	}},
	{name: "many long lists", contentType: formType, body: func() io.Reader {
		long := strings.Repeat("x", 2<<20-10)
		return parts(30, func(i int) string { return partOf([]string{"leave_out", "links"}[i%2], long) })
	}},
	{name: "long lists of short lines", contentType: formType, body: func() io.Reader {
		long := strings.Repeat("x\n", 1<<20-10)
		return parts(1, func(i int) string { return partOf("source", "links") }, partOf("links", long))
	}},
	{name: "long fields", contentType: formType, body: func() io.Reader {
		long := strings.Repeat("<", 4<<20)
		return parts(20, func(i int) string { return partOf([]string{"handle", "size", "tint", "key"}[i%4], long) })
	}},
	{name: "files that are no photos", contentType: formType, body: func() io.Reader {
		return parts(100_000, func(i int) string { return fileOf("photos", strings.Repeat("\u00fc", 4000), "text") })
	}},
	{name: "an unknown JSON field of 3 MB", contentType: jsonType, body: text(`{"` + strings.Repeat(`\"`, 3<<19-10) + `":1}`)},
	{name: "a JSON number of 3 MB", contentType: jsonType, body: text(`{"tint":` + strings.Repeat("1", 3<<20-20) + `}`)},
	{name: "a JSON list of 3 MB", contentType: jsonType, body: text(`{"source":"list","friends":[` + strings.Repeat("{},", 1<<20-20) + `{}]}`)},
	{name: "JSON that is no UTF-8", contentType: jsonType, body: text(`{"handle":"` + strings.Repeat("\xff", 3<<20-20) + `"}`)},
	{name: "deep JSON", contentType: jsonType, body: text(strings.Repeat(`{"target":[`, 3<<20/11))},
	{name: "JSON of 100 MB", contentType: jsonType, body: func() io.Reader { return times(100, strings.Repeat(" ", 1<<20)) }},
	{name: "a long address", method: "GET", path: "/" + strings.Repeat("&", 15<<10)},
	{name: "a long address that redirects", method: "GET", path: "//" + strings.Repeat("&", 14<<10)},
	{name: "a long query", method: "GET", path: "/api/v1/friends?source=" + strings.Repeat("%3C", 5<<10)},
	{name: "a form to a look-up", method: "GET", path: "/api/v1/friends", contentType: formType, body: func() io.Reader {
		return parts(30, func(int) string { return fileOf("x", "x", strings.Repeat("x", 1<<20)) })
	}},
	{name: "a long header", method: "GET", path: "/api/v1/friends", header: []string{"X-Long", strings.Repeat("x", 900<<10)}},
	{name: "a handle of 3 MB", contentType: jsonType, body: text(`{"source":"mastodon","handle":"` + strings.Repeat("<", 3<<20-100) + `"}`)},
	{name: "4 MB of friends, the last of them wrong", contentType: jsonType, body: func() io.Reader {
		var b strings.Builder
		b.WriteString(`{"source":"list","target":"demo:1","friends":[`)
		for i := range 4900 {
			fmt.Fprintf(&b, `{"id":"%d","photo":"https://example.org/%s"},`, i, strings.Repeat("x", 790))
		}
		return strings.NewReader(b.String() + `{"id":"x","photo":"nonsense"}]}`)
	}},
	{name: "options of 3 MB", contentType: jsonType, body: text(`{"source":"demo","options":{"` + strings.Repeat("x", 90) + `":"` + strings.Repeat("<", 3<<20-200) + `"}}`)},
}

const (
	formType = "multipart/form-data; boundary=b"
	jsonType = "application/json"
)

func partOf(name, value string) string {
	return "Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value
}

func fileOf(name, file, content string) string {
	return "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"" + file + "\"\r\n\r\n" + content
}

func text(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }

// times is a text many times over, which takes no memory.
func times(n int, s string) io.Reader {
	all := make([]io.Reader, n)
	for i := range all {
		all[i] = strings.NewReader(s)
	}
	return io.MultiReader(all...)
}

// parts is a form, whose parts are made when they are read.
func parts(n int, part func(i int) string, more ...string) io.Reader {
	return &partsReader{n: n + len(more), part: func(i int) string {
		if i < n {
			return part(i)
		}
		return more[i-n]
	}}
}

type partsReader struct {
	n, i int
	part func(int) string
	now  strings.Reader
}

func (p *partsReader) Read(b []byte) (int, error) {
	for p.now.Len() == 0 {
		switch {
		case p.i < p.n:
			p.now.Reset("\r\n--b\r\n" + p.part(p.i))
		case p.i == p.n:
			p.now.Reset("\r\n--b--\r\n")
		default:
			return 0, io.EOF
		}
		p.i++
	}
	return p.now.Read(b)
}

// TestRefusalsAreSmall: whatever is sent, the answer has less than 64 KB, and reading the request
// takes less than 8 MB of memory.
func TestRefusalsAreSmall(t *testing.T) {
	base := startSystem(t, "-workers", "0", "-limit-mosaics", "off", "-limit-friends", "off", "-limit-uploads", "off")
	ask(t, base, `{"source":"nobody"}`) // what is made once
	for _, tc := range greedy {
		for _, accept := range []string{"application/json", "text/html"} {
			t.Run(tc.name+" "+accept, func(t *testing.T) {
				method, path := tc.method, tc.path
				if method == "" {
					method, path = "POST", "/api/v1/mosaics"
					if accept == "text/html" {
						path = "/mosaics"
					}
				}
				// What is sent is made beforehand: only the system is measured.
				var body io.Reader
				if tc.body != nil {
					sent, err := io.ReadAll(io.LimitReader(tc.body(), 50<<20))
					if err != nil {
						t.Fatal(err)
					}
					body = struct{ io.Reader }{bytes.NewReader(sent)}
				}
				req, err := http.NewRequestWithContext(t.Context(), method, base+path, body)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", tc.contentType)
				req.Header.Set("Accept", accept)
				for i := 0; i+1 < len(tc.header); i += 2 {
					req.Header.Set(tc.header[i], tc.header[i+1])
				}
				var res *http.Response
				var n int64
				peak := peakOf(func() {
					if res, err = http.DefaultTransport.RoundTrip(req); err == nil {
						n, err = io.Copy(io.Discard, res.Body)
						res.Body.Close()
					}
				})
				if peak > 8<<20 {
					t.Errorf("%.1f MB of memory", float64(peak)/(1<<20))
				}
				if res == nil {
					t.Skip("the answer was lost, as happens to a client that goes on sending: ", err)
				}
				t.Logf("%d with %d bytes, %.1f MB of memory", res.StatusCode, n, float64(peak)/(1<<20))
				if err != nil || res.StatusCode < 400 && res.StatusCode != http.StatusMovedPermanently || n > 64<<10 {
					t.Errorf("%d with %d bytes, %v; want a refusal of less than 64 KB", res.StatusCode, n, err)
				}
				for name, values := range res.Header {
					if len(strings.Join(values, "")) > 8<<10 {
						t.Errorf("header %s has %d bytes", name, len(strings.Join(values, "")))
					}
				}
			})
		}
	}
}

// peakOf is how much more memory was in use at a time while f ran, in bytes. The collector runs often
// enough that little of it is garbage.
func peakOf(f func()) (peak uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(2))
	inUse := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtime.GC()
	metrics.Read(inUse)
	before := inUse[0].Value.Uint64()
	done, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		for {
			metrics.Read(inUse)
			if now := inUse[0].Value.Uint64(); now > before {
				peak = max(peak, now-before)
			}
			select {
			case <-done:
				return
			case <-time.After(200 * time.Microsecond):
			}
		}
	}()
	f()
	close(done)
	<-sampled
	return peak
}

func TestInvalidIsBounded(t *testing.T) {
	var bad job.Invalid
	for range 1000 {
		bad.Add(strings.Repeat("f", 1<<20), message.New("friends.bad_server", "host", strings.Repeat("ä", 1<<20)))
	}
	if n := len(bad.Error()); len(bad) != 100 || n > 64<<10 {
		t.Errorf("%d mistakes with %d bytes", len(bad), n)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"smalti/pkg/testenv"
	"smalti/web/internal/client"
)

// gate stands before a web server and counts what is asked of it.
type gate struct {
	addr string

	mu    sync.Mutex
	asked map[string]int // by path and status
	age   string         // of what passes; empty: new
}

func startGate(t *testing.T, base string) *gate {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{asked: map[string]int{}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		ModifyResponse: func(res *http.Response) error {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.asked[res.Request.URL.Path]++
			g.asked[res.Request.URL.Path+" "+res.Status]++
			if g.age != "" {
				res.Header.Set("Age", g.age)
			}
			return nil
		},
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	g.addr = strings.TrimPrefix(s.URL, "http://")
	return g
}

func (g *gate) count(what string) int { g.mu.Lock(); defer g.mu.Unlock(); return g.asked[what] }
func (g *gate) setAge(age string)     { g.mu.Lock(); defer g.mu.Unlock(); g.age = age }

func startSquid(t *testing.T, webs [2]string) (base string) {
	t.Helper()
	program := testenv.Program(t, "squid")
	site, err := os.ReadFile("../scripts/squid.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "squid") //nolint:usetesting // a test's own directory is closed to the user that it becomes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	addr := freeAddr(t)
	peer := func(addr string) string { return strings.Replace(addr, ":", " parent ", 1) }
	text := strings.NewReplacer(
		"http_port 8080", "http_port "+addr, "127.0.0.1 parent 8081", peer(webs[0]), "127.0.0.1 parent 8082", peer(webs[1]),
		"aufs /var/spool/squid 10000", "aufs "+dir+"/cache 100",
	).Replace(string(site)) + "pid_filename none\ncoredump_dir " + dir + "\ncache_log " + dir + "/log\n"
	conf := filepath.Join(dir, "squid.conf")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "-N", "-z", "-f", conf).CombinedOutput(); err != nil {
		t.Fatalf("squid -z: %v\n%s", err, out)
	}
	p := startProgram(t, program, nil, "-N", "-f", conf)
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(dir, "log")); t.Failed() && err == nil {
			t.Logf("squid:\n%s", log)
		}
	})
	base = "http://" + addr
	p.await(t, func() error {
		if !answers(base + "/readyz") {
			return errors.New("it does not answer")
		}
		return nil
	})
	return base
}

// behindSquid is a whole Smalti with Squid before it, and what passes between the two.
func behindSquid(t *testing.T, args ...string) (base string, g *gate) {
	t.Helper()
	testenv.SkipSlow(t)
	t.Parallel()
	testenv.Program(t, "squid")
	g = startGate(t, startSystem(t, args...))
	return startSquid(t, [2]string{g.addr, g.addr}), g
}

func TestSecondReaderBehindSquid(t *testing.T) {
	base, g := behindSquid(t)
	id := accept(t, base, small)
	path := "/files/" + id + "/poster.jpg"
	expectDone(t, base, id, soon)

	// The first asks for a part, and then come many.
	code, start, h := get(t, base+path, "Range", "bytes=0-99")
	if code != http.StatusPartialContent || len(start) != 100 {
		t.Fatalf("first reader: %d with %d bytes, %v", code, len(start), h)
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if code, data, _ := get(t, base+path); code != http.StatusOK || !bytes.HasPrefix(data, start) {
				t.Errorf("a reader among many: %d with %d bytes", code, len(data))
			}
		})
	}
	group.Wait()
	if n := g.count(path); n != 1 {
		t.Errorf("the web server was asked %d times for one file", n)
	}

	_, whole, h := get(t, base+path)
	tag := h.Get("ETag")
	if code, data, _ := get(t, base+path, "If-None-Match", tag); code != http.StatusNotModified || len(data) != 0 {
		t.Errorf("with its ETag %s: %d", tag, code)
	}
	if code, data, _ := get(t, base+path, "If-None-Match", `"another"`); code != http.StatusOK || !bytes.Equal(data, whole) {
		t.Errorf("with another ETag: %d with %d bytes", code, len(data))
	}
	code, part, h := get(t, base+path, "Range", "bytes=100-299")
	if code != http.StatusPartialContent || !bytes.Equal(part, whole[100:300]) || !strings.HasPrefix(h.Get("Content-Range"), "bytes 100-299/") {
		t.Errorf("a part: %d with %d bytes, %s", code, len(part), h.Get("Content-Range"))
	}
	if n := g.count(path); n != 1 {
		t.Errorf("the web server was asked %d times for one file", n)
	}

	// The plan has two forms, of which each is fetched once.
	path = "/files/" + id + "/plan.json"
	for range 2 {
		_, zipped, h := get(t, base+path, "Accept-Encoding", "gzip")
		if h.Get("Content-Encoding") != "gzip" || json.Valid(zipped) {
			t.Errorf("with gzip: %v", h)
		}
		_, plain, h := get(t, base+path, "Accept-Encoding", "identity")
		if h.Get("Content-Encoding") != "" || !json.Valid(plain) {
			t.Errorf("without gzip: %v", h)
		}
	}
	if n := g.count(path); n != 2 {
		t.Errorf("the web server was asked %d times for two forms of the plan", n)
	}
}

// What is not finished, or not there, is asked for each time.
func TestSquidKeepsNoStatus(t *testing.T) {
	base, g := behindSquid(t, "-workers", "0")
	id := accept(t, base, small)
	state := "/api/v1/mosaics/" + id
	tag := ""
	for i := range 5 {
		code, v, h := do(t, "GET", base+state, "", nil)
		if tag = h.Get("ETag"); code != http.StatusOK || v["state"] == "done" || tag == "" || g.count(state) != i+1 {
			t.Errorf("poll %d: %d %v, and the web server was asked %d times", i, code, v, g.count(state))
		}
	}
	// Squid may send what has not changed in full.
	if code, _, _ := get(t, base+state, "If-None-Match", tag); code >= http.StatusBadRequest || g.count(state) != 6 {
		t.Errorf("poll with an ETag: %d, and the web server was asked %d times", code, g.count(state))
	}
	for _, path := range []string{"/files/" + id + "/poster.jpg", "/api/v1/mosaics/AAAAAAAAAAAAAAAAAAAAAA", "/nothing", "/m/" + id, "/"} {
		for i := range 3 {
			if get(t, base+path); g.count(path) != i+1 {
				t.Errorf("%s: read %d times, and the web server was asked %d times", path, i+1, g.count(path))
			}
		}
	}
}

// A mosaic that was deleted is gone as soon as what Squid has of it is older than the ten minutes that
// the header allows. The gate lets the files be older than they are.
func TestDeletedBehindSquid(t *testing.T) {
	base, g := behindSquid(t)
	maker := "AAAAAAAAAAAAAAAAAAAAAA"
	cookie := client.OwnerCookie + "=" + maker
	id := accept(t, base, small, "Cookie", cookie)
	path := "/files/" + id + "/preview.jpg"
	expectDone(t, base, id, soon)

	g.setAge("598")
	_, whole, _ := get(t, base+path)
	testenv.WaitFor(t, "Squid to ask whether it is still there", func() bool {
		code, data, _ := get(t, base+path)
		if code != http.StatusOK || !bytes.Equal(data, whole) {
			t.Fatalf("%d with %d bytes", code, len(data))
		}
		return g.count(path+" 304 Not Modified") > 0
	})
	if n := g.count(path + " 200 OK"); n != 1 {
		t.Errorf("its bytes were sent %d times", n)
	}
	if code, _, _ := do(t, "DELETE", base+"/api/v1/mosaics/"+id, "", nil, "Cookie", cookie); code != http.StatusNoContent {
		t.Fatalf("deleting: %d", code)
	}
	testenv.WaitFor(t, "the deleted mosaic to be gone", func() bool {
		code, _, _ := get(t, base+path)
		return code == http.StatusGone
	})
	if code, _, _ := get(t, base+path); code != http.StatusGone {
		t.Errorf("then it is back: %d", code)
	}
}

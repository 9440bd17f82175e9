package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/process"
	"smalti/pkg/testenv"
)

// asProgram makes this test binary the web program itself, so that a test can kill it as a process.
const asProgram = "SMALTI_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		main()
		return
	}
	testenv.Parallel(6)
	code := m.Run()
	removeBuilds()
	os.Exit(code)
}

// startSystem starts the front end in this process, on free ports and in a directory of its own,
// and returns its URL.
func startSystem(t testing.TB, args ...string) string {
	t.Helper()
	args = append([]string{"-listen", "127.0.0.1:0", "-data", t.TempDir()}, args...)
	c, err := readSettings(args, noEnvironment, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return startWith(t, c)
}

// startWith starts it with these settings.
func startWith(t testing.TB, c *settings) string {
	t.Helper()
	return started(t, c).url()
}

// started is startWith for tests that look inside.
func started(t testing.TB, c *settings) *system {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	sys, err := start(ctx, c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := sys.wait(); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return sys
}

// program is a process of this system.
type program struct {
	*process.Process
	out *lines
}

// startProgram starts a program; it is killed, by its own id, when the test ends.
func startProgram(t *testing.T, path string, env []string, args ...string) *program {
	t.Helper()
	p := &program{out: &lines{}}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	var err error
	if p.Process, err = process.Start(cmd, p.out); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(path), p.out)
		}
	})
	return p
}

func (p *program) kill() { p.Kill() }

// await waits until a program is ready, and ends the test when it has ended instead.
func (p *program) await(t *testing.T, ready func() error) {
	t.Helper()
	if err := p.Await(time.Minute, ready); err != nil {
		t.Fatal(err)
	}
}

// startWeb starts the front end as a process, and returns its URL once it answers.
func startWeb(t *testing.T, args ...string) (*program, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := startProgram(t, self, []string{asProgram + "=1"}, append([]string{"-listen", "127.0.0.1:0"}, args...)...)
	return p, announced(t, p)
}

// builds are the programs that were built, each once for all tests, with the directory of each.
var builds sync.Map // functions, by program and flags

// build builds web or worker with these flags of the linker, and returns its path.
func build(t *testing.T, program, flags string) string {
	t.Helper()
	once, _ := builds.LoadOrStore(program+" "+flags, sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "smalti-programs-") //nolint:usetesting // it outlives the first test
		if err != nil {
			return "", err
		}
		if out, err := exec.Command("go", "build", "-ldflags", flags, "-o", dir, "../"+program).CombinedOutput(); err != nil {
			return dir, fmt.Errorf("building %s with -ldflags %q: %w\n%s", program, flags, err, out)
		}
		return dir, nil
	}))
	dir, err := once.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, program)
}

func removeBuilds() {
	builds.Range(func(_, once any) bool {
		if dir, _ := once.(func() (string, error))(); dir != "" {
			os.RemoveAll(dir)
		}
		return true
	})
}

// lines collects a program's output while it runs.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *lines) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// ask posts a JSON request for a mosaic. header are pairs of name and value.
func ask(t *testing.T, base, body string, header ...string) (int, map[string]any, http.Header) {
	t.Helper()
	return do(t, "POST", base+"/api/v1/mosaics", "application/json", strings.NewReader(body), header...)
}

func do(t *testing.T, method, url, contentType string, body io.Reader, header ...string) (int, map[string]any, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req) // redirects are for the test to see
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatalf("%s %s: %v in %q", method, url, err, data)
		}
	}
	return res.StatusCode, v, res.Header
}

// accept asks for a mosaic and expects a 202; it returns the id.
func accept(t *testing.T, base, body string, header ...string) string {
	t.Helper()
	code, v, _ := ask(t, base, body, header...)
	id, _ := v["id"].(string)
	if code != http.StatusAccepted || id == "" {
		t.Fatalf("POST: %d %v, want 202 with an id", code, v)
	}
	return id
}

// poll asks for a mosaic as the page does, until its state is final.
func poll(t *testing.T, base, id string, limit time.Duration) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(limit); ; {
		code, v, _ := do(t, "GET", base+"/api/v1/mosaics/"+id, "", nil)
		if code != http.StatusOK {
			t.Fatalf("polling %s: %d %v", id, code, v)
		}
		if v["state"] == "done" || v["state"] == "failed" {
			return v
		}
		hint, _ := v["poll_after_ms"].(float64)
		if hint <= 0 {
			t.Fatalf("no hint when to poll again in %v", v)
		}
		if time.Now().After(deadline) {
			t.Fatalf("mosaic %s after %v: %v", id, limit, v)
		}
		time.Sleep(min(time.Duration(hint)*time.Millisecond, 200*time.Millisecond))
	}
}

func expectDone(t *testing.T, base, id string, limit time.Duration) map[string]any {
	t.Helper()
	v := poll(t, base, id, limit)
	if v["state"] != "done" {
		t.Fatalf("mosaic %s: %v, want done", id, v)
	}
	return v
}

// get reads a whole address.
func get(t *testing.T, url string, header ...string) (int, []byte, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, data, res.Header
}

func containsAll(b []byte, parts ...string) bool {
	for _, p := range parts {
		if !bytes.Contains(b, []byte(p)) {
			return false
		}
	}
	return true
}

//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// broken is a web server that keeps its promise, except where a test breaks it.
type broken struct {
	mu    sync.Mutex
	polls map[string]int

	status func(id string, poll int) (code int, answer map[string]any) // nil: done at the second poll
	file   func(id string, poll int) (code int, body, tag string)      // nil: right
	id     func(key string) string                                     // nil: one for each key
}

func (b *broken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.Method == "POST":
		id := r.Header.Get("Idempotency-Key")
		if b.id != nil {
			id = b.id(id)
		}
		w.WriteHeader(http.StatusAccepted)
		json.NewEncoder(w).Encode(map[string]string{"id": id})
	case strings.HasPrefix(r.URL.Path, "/api/v1/mosaics/"):
		id := strings.TrimPrefix(r.URL.Path, "/api/v1/mosaics/")
		b.polls[id]++
		code, answer := 200, done(id, 1)
		if b.polls[id] == 1 {
			answer = map[string]any{"id": id, "state": "queued", "poll_after_ms": 1}
		}
		if b.status != nil {
			code, answer = b.status(id, b.polls[id])
		}
		w.WriteHeader(code)
		json.NewEncoder(w).Encode(answer)
	default:
		id := strings.Split(r.URL.Path, "/")[2]
		body := "the plan of " + id
		code, tag := 200, sha(body)
		if b.file != nil {
			code, body, tag = b.file(id, b.polls[id])
		}
		w.Header().Set("ETag", `"`+tag+`"`)
		if code == 200 && r.Header.Get("If-None-Match") == `"`+tag+`"` {
			code, body = 304, ""
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

func sha(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

func done(id string, attempt int) map[string]any {
	return map[string]any{
		"id": id, "state": "done", "attempt": attempt, "finished": fmt.Sprintf("at %d", attempt), "result": map[string]int{"columns": 20},
		"links": map[string]string{"page": "/m/" + id, "plan.json": "/files/" + id + "/plan.json"},
	}
}

// judged lets a few browsers loose on a server, and returns what the oracle says.
func judged(t *testing.T, b *broken) verdict {
	t.Helper()
	b.polls = map[string]int{}
	server := httptest.NewServer(b)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	const jobs, browsers = 6, 3
	o := newOracle()
	c := newCrowd([]string{server.URL}, func(i int) string { return fmt.Sprint(i) }, 1, jobs, browsers, o, newRecovery())
	defer c.transport.CloseIdleConnections()
	var all sync.WaitGroup
	for i := range browsers {
		all.Go(func() { c.browser(i).run(ctx, ctx) })
	}
	all.Wait()
	lookAgain(ctx, c, browsers)
	if failure := c.failure.Load(); failure != nil {
		t.Fatal(*failure)
	}
	return o.judge()
}

func TestOracleIsContentWithWhatKeepsItsPromise(t *testing.T) {
	t.Parallel()
	v := judged(t, &broken{})
	if v.accepted != 6 || v.done != 6 || v.failed+v.lost+v.twice != 0 {
		t.Errorf("%+v", v)
	}
	v = judged(t, &broken{status: func(id string, poll int) (int, map[string]any) {
		return 200, map[string]any{"id": id, "state": "failed", "attempt": 4, "failure": map[string]string{"code": "too_many_try", "message": "Sorry."}}
	}})
	if v.failed != 6 || v.reasons["too_many_try"] != 6 || v.done+v.lost+v.twice != 0 {
		t.Errorf("%+v", v)
	}
	// While Redis is away the store answers, which knows no attempt, and another time.
	v = judged(t, &broken{status: func(id string, poll int) (int, map[string]any) {
		answer := done(id, 2)
		if poll%2 == 0 {
			delete(answer, "attempt")
			answer["finished"] = "a moment before"
		}
		return 200, answer
	}})
	if v.done != 6 || v.lost+v.twice != 0 {
		t.Errorf("%+v", v)
	}
}

func TestOracleFindsWhatIsLost(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]*broken{
		"unknown": {status: func(id string, poll int) (int, map[string]any) { return 404, nil }},
		"gone after it was done": {status: func(id string, poll int) (int, map[string]any) {
			if poll > 2 {
				return 410, nil
			}
			return 200, done(id, 1)
		}},
		"never ends": {status: func(id string, poll int) (int, map[string]any) {
			return 200, map[string]any{"id": id, "state": "rendering", "attempt": 1, "poll_after_ms": 10}
		}},
		"no reason": {status: func(id string, poll int) (int, map[string]any) {
			return 200, map[string]any{"id": id, "state": "failed", "failure": map[string]string{"code": "internal"}}
		}},
		"file missing": {file: func(id string, poll int) (int, string, string) { return 404, "", "" }},
		"file torn":    {file: func(id string, poll int) (int, string, string) { return 200, "the pl", sha("the plan") }},
		"another's":    {status: func(id string, poll int) (int, map[string]any) { return 200, done("other", 1) }},
		"shared id":    {id: func(string) string { return "one" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if v := judged(t, b); v.lost == 0 || len(v.tell()) == 0 {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestOracleFindsWhatIsShownTwice(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]*broken{
		"back to rendering": {status: func(id string, poll int) (int, map[string]any) {
			if poll == 2 {
				return 200, map[string]any{"id": id, "state": "rendering"}
			}
			return 200, done(id, 1)
		}},
		"failed after done": {status: func(id string, poll int) (int, map[string]any) {
			if poll > 1 {
				return 200, map[string]any{"id": id, "state": "failed", "failure": map[string]string{"code": "internal", "message": "Sorry."}}
			}
			return 200, done(id, 1)
		}},
		"another attempt": {status: func(id string, poll int) (int, map[string]any) { return 200, done(id, min(poll, 2)) }},
		"another result": {status: func(id string, poll int) (int, map[string]any) {
			answer := done(id, 1)
			answer["result"] = map[string]int{"columns": 20 + min(poll, 2)}
			return 200, answer
		}},
		"another file": {file: func(id string, poll int) (int, string, string) {
			body := fmt.Sprint(min(poll, 4))
			return 200, body, sha(body)
		}},
		"shared id": {id: func(string) string { return "one" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if v := judged(t, b); v.twice == 0 || len(v.tell()) == 0 {
				t.Errorf("%+v", v)
			}
		})
	}
}

//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/harness"
)

// broken is a web server that keeps its promise, except where a test breaks it.
type broken struct {
	mu      sync.Mutex
	polls   map[string]int
	people  map[string][]string // by id
	deleted map[string]bool

	status func(id string, poll int) (code int, answer map[string]any) // nil: done at the second poll
	file   func(id string, poll int) (code int, body, tag string)      // nil: right
	id     func(key string) string                                     // nil: one for each key
	shown  func(names []string) (friends, missing []string)            // nil: everybody
	remove func(id string) (code int, forgotten bool)                  // nil: 204, and it is
}

var person = regexp.MustCompile(`Person \d+-\d+`)

// plan is the plan.json of a mosaic.
func (b *broken) plan(id string) string {
	friends, missing := b.people[id], []string(nil)
	if b.shown != nil {
		friends, missing = b.shown(friends)
	}
	type named struct {
		Name string `json:"name"`
	}
	plan := map[string][]named{"friends": {}, "missing": {}}
	for key, names := range map[string][]string{"friends": friends, "missing": missing} {
		for _, n := range names {
			plan[key] = append(plan[key], named{n})
		}
	}
	body, _ := json.Marshal(plan)
	return string(body)
}

func (b *broken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.Method == http.MethodPost:
		id := r.Header.Get("Idempotency-Key")
		if b.id != nil {
			id = b.id(id)
		}
		body, _ := io.ReadAll(r.Body)
		names := person.FindAllString(string(body), -1)
		slices.Sort(names)
		b.people[id] = slices.Compact(names)
		w.WriteHeader(http.StatusAccepted)
		json.NewEncoder(w).Encode(map[string]string{"id": id})
	case r.Method == http.MethodDelete:
		id := strings.TrimPrefix(r.URL.Path, "/api/v1/mosaics/")
		code, forgotten := http.StatusNoContent, true
		if b.remove != nil {
			code, forgotten = b.remove(id)
		}
		b.deleted[id] = forgotten
		w.WriteHeader(code)
	case b.deleted[path.Base(r.URL.Path)], b.deleted[path.Base(path.Dir(r.URL.Path))]:
		w.WriteHeader(http.StatusNotFound)
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
		if strings.HasPrefix(r.URL.Path, "/m/") {
			return
		}
		body := b.plan(id)
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

// drawn are pictures that nobody looks at.
type drawn struct{}

func (drawn) URL(i int) string           { return fmt.Sprint(i) }
func (drawn) UnreadableURL(i int) string { return fmt.Sprint("broken", i) }
func (drawn) File(i int) []byte          { return []byte{byte(i)} }

// judged lets a few browsers loose on a server, and returns what the oracle says.
func judged(t *testing.T, b *broken) verdict { t.Helper(); return judgedOf(t, b, keepingSeed()) }

// keepingSeed is one of mosaics that nobody deletes.
var keepingSeed = sync.OnceValue(func() uint64 {
	for seed := uint64(1); ; seed++ {
		keeps := true
		for i := range 6 {
			keeps = keeps && drawRequest(seed, i, drawn{}).deletion == never
		}
		if keeps {
			return seed
		}
	}
})

// judgedOf does that with the mosaics of a seed.
func judgedOf(t *testing.T, b *broken, seed uint64) verdict {
	t.Helper()
	b.polls, b.people, b.deleted = map[string]int{}, map[string][]string{}, map[string]bool{}
	server := httptest.NewServer(b)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	const jobs, browsers = 6, 3
	o := newOracle()
	c := newBrowsers([]string{server.URL}, drawn{}, seed, jobs, o, newRecoveryTimer())
	defer c.transport.CloseIdleConnections()
	var all sync.WaitGroup
	for i := range browsers {
		all.Go(func() { c.browser(i).run(ctx, ctx) })
	}
	all.Wait()
	c.lookAgain(ctx, browsers)
	if failure := c.failure.Load(); failure != nil {
		t.Fatal(*failure)
	}
	return o.judge()
}

func TestOracleIsContentWithWhatKeepsItsPromise(t *testing.T) {
	t.Parallel()
	v := judged(t, &broken{})
	if v.accepted != 6 || v.done != 6 || v.failed+v.lost+v.twice+v.missing+v.returned != 0 || v.people == 0 {
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
		"photos gone": {status: func(id string, poll int) (int, map[string]any) {
			return 200, map[string]any{"id": id, "state": "failed", "failure": map[string]string{"code": "no_uploads", "message": "Sorry."}}
		}},
		"file missing": {file: func(id string, poll int) (int, string, string) { return 404, "", "" }},
		"file torn":    {file: func(id string, poll int) (int, string, string) { return 200, "the pl", sha("the plan") }},
		"another's":    {status: func(id string, poll int) (int, map[string]any) { return 200, done("other", 1) }},
		"shared id":    {id: func(string) string { return "one" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if v := judged(t, b); v.lost == 0 || len(v.report()) == 0 {
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
			if v := judged(t, b); v.twice == 0 || len(v.report()) == 0 {
				t.Errorf("%+v", v)
			}
		})
	}
}

// with finds a seed whose mosaics have something in common with what a test is about.
func with(t *testing.T, has func(request) bool) (seed uint64) {
	t.Helper()
	for seed := uint64(1); seed < 1000; seed++ {
		for i := range 6 {
			if has(drawRequest(seed, i, drawn{})) {
				return seed
			}
		}
	}
	t.Fatal("no such mosaic is ever asked for")
	return 0
}

func TestOracleFindsWhoIsMissing(t *testing.T) {
	t.Parallel()
	unreadable := with(t, func(q request) bool { return len(q.unreadable) > 0 && q.deletion == never })
	hide := func(names []string) map[string]bool {
		hidden := map[string]bool{}
		for i := range 6 {
			for _, n := range drawRequest(unreadable, i, drawn{}).unreadable {
				hidden[n] = slices.Contains(names, n)
			}
		}
		return hidden
	}
	split := func(names []string) (friends, missing []string) {
		hidden := hide(names)
		for _, n := range names {
			if hidden[n] {
				missing = append(missing, n)
			} else {
				friends = append(friends, n)
			}
		}
		return friends, missing
	}
	if v := judgedOf(t, &broken{shown: split}, unreadable); v.missing+v.lost != 0 || v.people == 0 {
		t.Errorf("an unreadable photo is named, and still: %+v", v)
	}
	for name, shown := range map[string]func([]string) ([]string, []string){
		"left out":                     func(names []string) ([]string, []string) { return names[1:], nil },
		"called missing, but readable": func(names []string) ([]string, []string) { return nil, names },
		"unreadable, and not named": func(names []string) ([]string, []string) {
			friends, _ := split(names)
			return friends, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if v := judgedOf(t, &broken{shown: shown}, unreadable); v.missing == 0 || len(v.report()) == 0 {
				t.Errorf("%+v", v)
			}
		})
	}
	stranger := func(names []string) ([]string, []string) { return append([]string{"Somebody"}, names...), nil }
	if v := judged(t, &broken{shown: stranger}); v.lost == 0 {
		t.Errorf("somebody whom nobody asked for: %+v", v)
	}
	// Nobody has been counted in a mosaic whose plan was never seen.
	o := newOracle()
	asked := drawRequest(1, 0, drawn{})
	o.accepted("id", &asked)
	o.polled("id", &harness.Mosaic{ID: "id", State: "done", Attempt: 1}, time.Now())
	if v := o.judge(); v.missing != len(asked.readable)+len(asked.unreadable) {
		t.Errorf("without a plan: %+v", v)
	}
}

func TestOracleFindsWhatReturns(t *testing.T) {
	t.Parallel()
	deleting := with(t, func(q request) bool { return q.deletion != never })
	if v := judgedOf(t, &broken{}, deleting); v.deleted == 0 || v.returned+v.lost+v.twice+v.missing != 0 {
		t.Errorf("%+v", v)
	}
	keeps := func(string) (int, bool) { return http.StatusNoContent, false }
	if v := judgedOf(t, &broken{remove: keeps}, deleting); v.returned == 0 || len(v.report()) == 0 {
		t.Errorf("a deleted mosaic is still there: %+v", v)
	}
	for name, code := range map[string]int{"refused": http.StatusForbidden, "never confirmed": http.StatusServiceUnavailable} {
		b := &broken{remove: func(string) (int, bool) { return code, false }}
		if v := judgedOf(t, b, deleting); v.lost == 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
	// What was asked for before the deletion was confirmed may be answered after it.
	o := newOracle()
	asked := drawRequest(1, 0, drawn{})
	o.accepted("id", &asked)
	early := time.Now()
	o.deleting("id")
	o.deleted("id")
	o.visible("id", "its page", early)
	if v := o.judge(); v.returned != 0 {
		t.Errorf("asked for before: %+v", v)
	}
	o.visible("id", "its page", time.Now().Add(time.Second))
	if v := o.judge(); v.returned != 1 {
		t.Errorf("asked for afterwards: %+v", v)
	}
}

// The same request must always mean the same mosaic.
func TestOracleFindsASecondMosaic(t *testing.T) {
	t.Parallel()
	o := newOracle()
	asked := drawRequest(1, 0, drawn{})
	o.accepted("id", &asked)
	o.repeated("id", "id")
	if v := o.judge(); v.twice != 0 {
		t.Errorf("%+v", v)
	}
	o.repeated("id", "other")
	if v := o.judge(); v.twice != 1 {
		t.Errorf("%+v", v)
	}
}

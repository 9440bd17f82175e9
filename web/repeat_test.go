package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/color"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
	"smalti/web/internal/client"
	"smalti/web/internal/problem"
)

const (
	randomKeyA = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	uuidKey    = "6f1c1f0e-5a4b-4c3d-9e2f-0123456789ab"
	plainKey   = "order-2026-0000017"
	otherSmall = `{"source":"demo","size":"postcard","tint":3}`
)

// frontEnds starts n front ends without workers on one Redis, behind a proxy on this machine.
func frontEnds(t *testing.T, redis *redistest.Server, n int, more ...string) (bases []string) {
	t.Helper()
	for range n {
		bases = append(bases, startSystem(t, append([]string{
			"-redis", redis.URL(), "-redis-password-file", writeSecret(t, redis.Password), "-store-password-file", writeSecret(t, "a password of tests"),
			"-store-listen", "127.0.0.1:0", "-trust-proxy", "127.0.0.1",
		}, more...)...))
	}
	return bases
}

// The same client and key are the same mosaic, with and without a cookie, on any server.
func TestSameClientAndKeyAreOneMosaic(t *testing.T) {
	t.Parallel()
	bases := frontEnds(t, redistest.Start(t), 2)
	from := func(address, key string, more ...string) []string {
		return append([]string{"X-Forwarded-For", address, "Idempotency-Key", key}, more...)
	}
	for _, key := range []string{randomKeyA, uuidKey, plainKey} {
		code, v, h := ask(t, bases[0], small, from("192.0.2.1", key)...)
		cookie, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
		if code != http.StatusAccepted || cookie == "" {
			t.Fatalf("%s: %d %v, cookie %q", key, code, v, cookie)
		}
		id := v["id"].(string)
		_, again, h := ask(t, bases[1], small, from("192.0.2.1", key)...)
		if again["id"] != id || strings.Split(h.Get("Set-Cookie"), ";")[0] != cookie {
			t.Errorf("%s: again without a cookie: %v, want %s and the same cookie", key, again, id)
		}
		if got := accept(t, bases[1], small, from("192.0.2.1", key, "Cookie", cookie)...); got != id {
			t.Errorf("%s: again with the cookie: %s, want %s", key, got, id)
		}
		if got := accept(t, bases[1], small, from("192.0.2.9", key)...); (got == id) != (key != plainKey) {
			t.Errorf("%s: from another address: %s; the first was %s", key, got, id)
		}
		if got := accept(t, bases[1], small, from("192.0.2.1", key, "Cookie", client.OwnerCookie+"="+job.NewID())...); got == id {
			t.Errorf("%s: another maker got the same mosaic", key)
		}
		// Whoever is refused learns nothing, and becomes nobody.
		code, v, h = ask(t, bases[1], otherSmall, from("192.0.2.1", key)...)
		if code != http.StatusUnprocessableEntity || h.Get("Set-Cookie") != "" || strings.Contains(fmt.Sprint(v), id) {
			t.Errorf("%s: another body: %d %v, cookie %q", key, code, v, h.Get("Set-Cookie"))
		}
	}
}

// A key stands for one request, wherever and whenever it is repeated.
func TestSameKeyWithAnotherBodyIsRefused(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	bases := frontEnds(t, redis, 2)
	spaced := strings.ReplaceAll(small, ",", " , ")
	expect := func(when string, base string) {
		t.Helper()
		if code, v, _ := ask(t, base, otherSmall, "Idempotency-Key", randomKeyA); code != http.StatusUnprocessableEntity || fieldsOf(v)[0] != "key" {
			t.Errorf("%s, another body: %d %v", when, code, v)
		}
		accept(t, base, spaced, "Idempotency-Key", randomKeyA)
	}
	accept(t, bases[0], small, "Idempotency-Key", randomKeyA)
	expect("here", bases[0])
	expect("elsewhere", bases[1])
	redis.Kill()
	expect("while Redis is away", bases[0])
}

func TestSameKeyWithAnotherBodyIsRefusedAfterTheEnd(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	base := startSystem(t, "-data", data)
	id := accept(t, base, small, "Idempotency-Key", randomKeyA)
	expectDone(t, base, id, soon)
	if code, v, _ := ask(t, base, otherSmall, "Idempotency-Key", randomKeyA); code != http.StatusUnprocessableEntity {
		t.Errorf("another body: %d %v", code, v)
	}
	if again := accept(t, base, small, "Idempotency-Key", randomKeyA); again != id {
		t.Errorf("the same body: %s, want %s", again, id)
	}
}

// Uploads are compared by what is in them, and what comes again is not stored again.
func TestSameKeyWithUploads(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-workers", "0", "-quota-client", "3MiB")
	light := picture(t, 30, 30, color.White)
	heavy := append(bytes.Clone(light), make([]byte, 2<<20)...)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, _ := z.Create("c.png")
	w.Write(light)
	z.Close()
	send := func(target []byte, more ...part) (int, map[string]any) {
		t.Helper()
		return postParts(t, base, append([]part{plainField("key", randomKeyA), plainField("source", "upload"), plainField("size", "postcard"),
			{"target", "me.png", target}, {"photos", "z.zip", archive.Bytes()}}, more...)...)
	}
	code, v := send(heavy, photos(t, 3)...)
	if code != http.StatusAccepted {
		t.Fatalf("POST: %d %v", code, v)
	}
	if code, again := send(heavy, photos(t, 3)...); code != http.StatusAccepted || again["id"] != v["id"] {
		t.Errorf("again: %d %v, want %v", code, again, v)
	}
	changed := bytes.Clone(heavy)
	changed[len(changed)-1]++
	for name, other := range map[string]func() (int, map[string]any){
		"another target":          func() (int, map[string]any) { return send(changed, photos(t, 3)...) },
		"a photo less":            func() (int, map[string]any) { return send(heavy, photos(t, 2)...) },
		"photos in another order": func() (int, map[string]any) { p := photos(t, 3); return send(heavy, p[1], p[0], p[2]) },
		"another name": func() (int, map[string]any) {
			p := photos(t, 3)
			p[0].file = "Somebody.png"
			return send(heavy, p...)
		},
	} {
		if code, v := other(); code != http.StatusUnprocessableEntity || fieldsOf(v)[0] != "key" {
			t.Errorf("%s: %d %v", name, code, v)
		}
	}
}

// A form that is sent again with other choices comes back with a new key, and a sentence.
func TestFormSentAgainWithOtherChoices(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-workers", "0")
	send := func(tint string) (int, string) {
		contentType, body := form(t, plainField("key", randomKeyA), plainField("source", "demo"), plainField("tint", tint))
		code, _, h := do(t, "POST", base+"/mosaics", contentType, body, "Accept", "text/html")
		return code, h.Get("Location")
	}
	code, first := send("5")
	if code2, again := send("5"); code != http.StatusSeeOther || code2 != code || first != again {
		t.Errorf("twice: %d %s, %d %s", code, first, code2, again)
	}
	if code, _ := send("6"); code != http.StatusUnprocessableEntity {
		t.Errorf("with other choices: %d", code)
	}
}

// Requests at the same time are one mosaic: that of whoever was first.
func TestSameKeyAtTheSameTime(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	bases := frontEnds(t, redis, 2)
	var mu sync.Mutex
	ids, won := map[string]bool{}, map[string]bool{}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			body := []string{small, otherSmall}[i/2%2]
			code, v, _ := ask(t, bases[i%2], body, "Idempotency-Key", randomKeyA)
			mu.Lock()
			defer mu.Unlock()
			if code == http.StatusAccepted {
				ids[v["id"].(string)], won[body] = true, true
			} else if code != http.StatusUnprocessableEntity {
				t.Errorf("%d %v", code, v)
			}
		})
	}
	all.Wait()
	if n := redisClient(t, redis).ZCard(t.Context(), "{smalti}:open").Val(); len(ids) != 1 || len(won) != 1 || n != 1 {
		t.Errorf("ids %v of bodies %v, %d jobs", ids, won, n)
	}
}

// Once promised, a mosaic stays promised: also when the queue comes back full.
func TestPromiseOutlivesAFullQueue(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	p := newPlant(t)
	p.startWeb(p.redis.Addr, "-max-waiting", "2")
	maker := client.OwnerCookie + "=" + job.NewID()
	for range 2 {
		accept(t, p.base, small)
	}
	if code, v, _ := ask(t, p.base, small, "Idempotency-Key", uuidKey); code != http.StatusServiceUnavailable {
		t.Fatalf("with a full queue: %d %v", code, v)
	}
	p.redis.Kill()
	id := accept(t, p.base, small, "Idempotency-Key", randomKeyA, "Cookie", maker)
	if err := p.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	testenv.WaitFor(t, "the queue", func() bool {
		code, _, _ := do(t, "GET", p.base+"/readyz", "", nil)
		return code == http.StatusOK
	})
	for range 3 {
		if again := accept(t, p.base, small, "Idempotency-Key", randomKeyA, "Cookie", maker); again != id {
			t.Errorf("the promised mosaic is %s now, was %s", again, id)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if code, v, _ := ask(t, p.base, otherSmall, "Idempotency-Key", randomKeyA, "Cookie", maker); code != http.StatusUnprocessableEntity {
		t.Errorf("another body: %d %v", code, v)
	}
	if code, v, _ := do(t, "GET", p.base+"/api/v1/mosaics/"+id, "", nil); code != http.StatusOK || v["state"] != "queued" {
		t.Errorf("polling: %d %v", code, v)
	}
	p.helper("-memory", "100000")
	expectDone(t, p.base, id, soon)
}

// almostFull is a queue that lets a job wait for its answer, and then turns out to be full.
type almostFull struct {
	jobs
	asked, answer chan struct{}
}

func (q *almostFull) Put(context.Context, *job.Package) (bool, error) {
	close(q.asked)
	<-q.answer
	return false, queue.ErrFull
}

func (*almostFull) CheckQuota(context.Context, string, int) error { return nil }

func (*almostFull) RequestHash(context.Context, string) (string, error) { return "", queue.ErrUnknown }

// A repetition that comes while the first request is being put on the queue waits for the outcome: what
// is only in the journal has not been promised.
func TestRepetitionWhileTheQueueTurnsOutToBeFull(t *testing.T) {
	t.Parallel()
	j, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	q := &almostFull{asked: make(chan struct{}), answer: make(chan struct{})}
	s := &server{queue: q, journal: j, log: slog.New(slog.DiscardHandler)}
	p := &job.Package{V: job.Version, ID: job.NewID(), Created: time.Now(), Request: "print"}
	refused := make(chan error, 1)
	go func() { refused <- (&intake{server: s, id: p.ID, key: uuidKey}).promise(t.Context(), p) }()
	<-q.asked
	again := &intake{server: s, id: p.ID, key: uuidKey}
	looked := make(chan struct{})
	go func() { again.lookBack(t.Context()); close(looked) }()
	select {
	case <-looked:
		t.Error("it did not wait")
	case <-time.After(50 * time.Millisecond):
	}
	close(q.answer)
	if err := <-refused; !errors.Is(err, problem.ErrQueueFull) {
		t.Errorf("the first request: %v", err)
	}
	if <-looked; again.earlier.known {
		t.Error("the repetition takes what was taken back for a promise")
	}
}

// alreadyThere is a queue that has the job already: of this package, or of another one.
type alreadyThere struct {
	jobs
	ours bool
	err  error
}

func (alreadyThere) Put(context.Context, *job.Package) (bool, error) { return false, nil }

func (alreadyThere) CheckQuota(context.Context, string, int) error { return nil }

func (q alreadyThere) HasPackage(context.Context, *job.Package) (bool, error) { return q.ours, q.err }

// A put whose answer is lost is repeated by Redis's client, and finds its own job: that needs its photos.
func TestPhotosOfAPutThatWasRepeatedStay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		queue alreadyThere
		stay  bool
	}{
		"ours":             {alreadyThere{ours: true}, true},
		"nobody can say":   {alreadyThere{err: queue.ErrUnavailable}, true},
		"another server's": {alreadyThere{}, false},
	} {
		j, err := journal.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		s := &server{queue: c.queue, journal: j, log: slog.New(slog.DiscardHandler)}
		p := &job.Package{V: job.Version, ID: job.NewID(), Created: time.Now(), Request: "print"}
		in := &intake{server: s, id: p.ID, key: uuidKey, batch: job.NewID()}
		if err := in.promise(t.Context(), p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if in.earlier.known == c.stay {
			t.Errorf("%s: the photos are thrown away: %v", name, in.earlier.known)
		}
	}
}

package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image/color"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
	"smalti/web/internal/client"
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

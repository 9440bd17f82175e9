package main

import (
	"bytes"
	"image/color"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

const demoMosaic = `{"source":"demo","size":"postcard"}`

// Two web servers on one Redis count together, and each believes only its own proxies.
func TestLimitsHoldAcrossWebServers(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	args := []string{
		"-redis", redis.URL(), "-redis-password-file", writeSecret(t, redis.Password), "-store-password-file", writeSecret(t, "a password of tests"),
		"-store-listen", "127.0.0.1:0", "-limit-mosaics", "4/1h", "-trust-proxy", "127.0.0.1,::1",
	}
	bases := []string{startSystem(t, args...), startSystem(t, args...)}
	for i := range 4 {
		accept(t, bases[i%2], demoMosaic, "X-Forwarded-For", "203.0.113.9, 198.51.100.7")
	}
	for _, base := range bases {
		code, v, h := ask(t, base, demoMosaic, "X-Forwarded-For", "192.0.2.1, 198.51.100.7")
		after, err := strconv.Atoi(h.Get("Retry-After"))
		if code != http.StatusTooManyRequests || h.Get("Content-Type") != "application/problem+json" || err != nil || after < 14*60 || after > 15*60 {
			t.Errorf("the fifth: %d %v, Retry-After %q", code, v, h.Get("Retry-After"))
		}
		if detail, _ := v["detail"].(string); !strings.HasSuffix(detail, "in 15 minutes.") {
			t.Errorf("sentence %q", detail)
		}
	}
	accept(t, bases[0], demoMosaic, "X-Forwarded-For", "198.51.100.8")

	// Somebody who reads a page is told on one.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, bases[1]+"/mosaics", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", "198.51.100.7")
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusTooManyRequests || !containsAll(page, "A little too fast", "15 minutes") {
		t.Errorf("%d, %v:\n%s", res.StatusCode, err, page)
	}

	// Without Redis, each server counts for itself, and gives out its share: half, or all as long as it does
	// not know of the other one.
	redis.Kill()
	let := 0
	for range 5 {
		if code, v, _ := ask(t, bases[0], demoMosaic, "X-Forwarded-For", "198.51.100.9"); code == http.StatusAccepted {
			let++
		} else if code != http.StatusTooManyRequests {
			t.Errorf("without Redis: %d %v", code, v)
		}
	}
	if let != 2 && let != 4 {
		t.Errorf("without Redis, one of two servers accepted %d mosaics of 4", let)
	}
	if code, v, _ := ask(t, bases[0], demoMosaic, "X-Forwarded-For", "198.51.100.7"); code != http.StatusTooManyRequests {
		t.Errorf("without Redis, whoever had everything got %d %v", code, v)
	}
}

func TestUploadedBytesAreLimited(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-limit-uploads", "3MiB/1h")
	heavy := append(picture(t, 30, 30, color.White), make([]byte, 2<<20)...)
	parts := append([]part{plainField("source", "upload"), plainField("size", "postcard"), {"target", "me.png", heavy}}, photos(t, 3)...)
	if code, v := postParts(t, base, parts...); code != http.StatusAccepted {
		t.Fatalf("POST: %d %v", code, v)
	}
	if code, v := postParts(t, base, parts...); code != http.StatusTooManyRequests {
		t.Errorf("the second time: %d %v", code, v)
	}

	// A body that does not say how long it is pays on the way.
	base = startSystem(t, "-limit-uploads", "3MiB/1h")
	contentType, body := form(t, append(parts, part{"photos", "z.png", bytes.Clone(heavy)})...)
	code, v, h := do(t, "POST", base+"/api/v1/mosaics", contentType, io.MultiReader(body))
	if code != http.StatusTooManyRequests || h.Get("Retry-After") == "" {
		t.Errorf("of unknown length: %d %v", code, v)
	}
}

func TestLookupsAreLimited(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-limit-friends", "2/1h")
	for i, want := range []int{http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, http.StatusTooManyRequests} {
		code, v, h := do(t, "GET", base+"/api/v1/friends?source=nonsense", "", nil)
		if code != want || (h.Get("Retry-After") != "") != (i == 2) {
			t.Errorf("lookup %d: %d %v, want %d", i, code, v, want)
		}
	}
	accept(t, base, demoMosaic) // one thing does not count against another
}

func TestLimitsOff(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-limit-mosaics", "off", "-workers", "0")
	for range 70 { // the default would not let so many through
		accept(t, base, demoMosaic)
	}
}

// TestRoomForPhotos: what waits for a mosaic counts, across web servers, until the mosaic is made,
// deleted or refused.
func TestRoomForPhotos(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	args := []string{
		"-redis", redis.URL(), "-redis-password-file", writeSecret(t, redis.Password), "-store-password-file", writeSecret(t, "a password of tests"),
		"-store-listen", "127.0.0.1:0", "-quota-client", "3MiB", "-quota-total", "5MiB", "-trust-proxy", "127.0.0.1",
	}
	idle, other := startSystem(t, args...), startSystem(t, args...)
	light := picture(t, 30, 30, color.White)
	heavy := append(bytes.Clone(light), make([]byte, 2<<20)...)
	send := func(base, from string, target []byte, header ...string) (int, map[string]any, http.Header) {
		t.Helper()
		contentType, body := form(t, append([]part{plainField("source", "upload"), plainField("size", "postcard"), {"target", "me.png", target}}, photos(t, 3)...)...)
		return do(t, "POST", base+"/api/v1/mosaics", contentType, body, append(header, "X-Forwarded-For", from)...)
	}
	held := func() int { // entries of batches that hold room
		c := goredis.NewClient(&goredis.Options{Addr: redis.Addr, Password: redis.Password})
		defer c.Close()
		return int(c.ZCard(t.Context(), "{smalti}:held:uploads").Val())
	}

	code, v, h := send(idle, "192.0.2.1", heavy)
	if code != http.StatusAccepted {
		t.Fatalf("the first: %d %v", code, v)
	}
	id, cookie := v["id"].(string), strings.Split(h.Get("Set-Cookie"), ";")[0]
	if code, v, h := send(other, "192.0.2.1", heavy); code != http.StatusTooManyRequests || h.Get("Retry-After") == "" {
		t.Errorf("one client, twice: %d %v", code, v)
	}
	if code, v, _ := send(other, "192.0.2.2", heavy); code != http.StatusAccepted {
		t.Errorf("another client: %d %v", code, v)
	}
	if code, v, _ := send(idle, "192.0.2.3", heavy); code != http.StatusServiceUnavailable {
		t.Errorf("all together: %d %v", code, v)
	}
	if n := held(); n != 2 {
		t.Errorf("%d batches hold room, want those that were accepted", n)
	}

	// Deleted while it waits.
	if code, v, _ := do(t, "DELETE", idle+"/api/v1/mosaics/"+id, "", nil, "Cookie", cookie); code != http.StatusNoContent {
		t.Fatalf("deleting: %d %v", code, v)
	}
	if n := held(); n != 1 {
		t.Errorf("after one was deleted, %d batches hold room", n)
	}
	// Sent twice, with the same key: what came again is not kept.
	for range 2 {
		if code, v, _ := send(idle, "192.0.2.1", light, "Cookie", cookie, "Idempotency-Key", "0123456789abcdef"); code != http.StatusAccepted {
			t.Errorf("with a key: %d %v", code, v)
		}
		if n := held(); n != 2 {
			t.Errorf("with a key: %d batches hold room, want 2", n)
		}
	}
	// Refused for something else: the target is missing.
	contentType, body := form(t, append([]part{plainField("source", "upload")}, photos(t, 3)...)...)
	if code, v, _ := do(t, "POST", idle+"/api/v1/mosaics", contentType, body, "X-Forwarded-For", "192.0.2.1"); code != http.StatusUnprocessableEntity {
		t.Errorf("without a target: %d %v", code, v)
	}
	if n := held(); n != 2 {
		t.Errorf("after one was refused, %d batches hold room", n)
	}
}

func TestRoomIsGivenBackWhenTheMosaicIsMade(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-quota-client", "3MiB")
	heavy := append(picture(t, 30, 30, color.White), make([]byte, 2<<20)...)
	for range 2 {
		var v map[string]any
		testenv.WaitFor(t, "room", func() bool { // the worker deletes after it has said that it is done
			var code int
			code, v = postParts(t, base, append([]part{plainField("source", "upload"), plainField("size", "postcard"), {"target", "me.png", heavy}}, photos(t, 3)...)...)
			return code == http.StatusAccepted
		})
		expectDone(t, base, v["id"].(string), soon)
	}
}

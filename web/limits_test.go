package main

import (
	"bytes"
	"image/color"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/queue/redistest"
)

const demoMosaic = `{"source":"demo","size":"postcard"}`

// Two web servers on one Redis count together, and each believes only its own proxies.
func TestLimitsHoldAcrossWebServers(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	args := []string{
		"-redis", redis.URL(), "-redis-password-file", writeSecret(t, redis.Password), "-store-password-file", writeSecret(t, "x"),
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
	req, err := http.NewRequestWithContext(t.Context(), "POST", bases[1]+"/mosaics", strings.NewReader(""))
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

	// Without Redis, each server counts for itself, and goes on.
	redis.Kill()
	for i := range 5 {
		code, v, _ := ask(t, bases[0], demoMosaic, "X-Forwarded-For", "198.51.100.9")
		if want := map[bool]int{true: http.StatusAccepted, false: http.StatusTooManyRequests}[i < 4]; code != want {
			t.Errorf("without Redis, mosaic %d: %d %v, want %d", i, code, v, want)
		}
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

func TestLimitsOff(t *testing.T) {
	t.Parallel()
	base := startSystem(t, "-limit-mosaics", "off", "-workers", "0")
	for range 70 { // the default would not let so many through
		accept(t, base, demoMosaic)
	}
}

func TestTrustedProxies(t *testing.T) {
	for list, want := range map[string]string{
		"": "[]", "10.0.0.0/8": "[10.0.0.0/8]", "10.1.2.3/8, 2001:db8::7": "[10.0.0.0/8 2001:db8::7/128]",
	} {
		var c limitSettings
		s := config.New("test", noEnvironment, io.Discard)
		c.flags(s)
		var got bytes.Buffer
		if err := s.Parse([]string{"-trust-proxy", list}); err != nil {
			t.Errorf("%q: %v", list, err)
		}
		got.WriteByte('[')
		for i, p := range c.proxies {
			if i > 0 {
				got.WriteByte(' ')
			}
			got.WriteString(p.String())
		}
		got.WriteByte(']')
		if got.String() != want {
			t.Errorf("%q: %s, want %s", list, &got, want)
		}
	}
	for _, list := range []string{"x", "10.0.0.0/33", "proxy.example.org", ","} {
		var c limitSettings
		s := config.New("test", noEnvironment, io.Discard)
		c.flags(s)
		if err := s.Parse([]string{"-trust-proxy", list}); err == nil {
			t.Errorf("%q became %v", list, c.proxies)
		}
	}
}

func TestWaitsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "one second", 90 * time.Second: "90 seconds", 91 * time.Second: "2 minutes", time.Hour: "60 minutes",
	} {
		if got := inWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

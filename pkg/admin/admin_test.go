package admin_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"smalti/pkg/admin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPublicAddressNeedsAToken(t *testing.T) {
	for _, c := range []struct {
		addr, token string
		ok          bool
	}{
		{"localhost:9100", "", true},
		{"127.0.0.1:9100", "", true},
		{"[::1]:9100", "", true},
		{":9100", "", false},
		{"0.0.0.0:9100", "", false},
		{"[::]:9100", "", false},
		{"192.0.2.1:9100", "", false},
		{"example.org:9100", "", false},
		{":9100", "secret", true},
		{"9100", "secret", false},
	} {
		if err := admin.Check(c.addr, c.token); (err == nil) != c.ok {
			t.Errorf("Check(%q, %q) = %v", c.addr, c.token, err)
		}
	}
	if s, err := admin.Listen(admin.Config{Addr: ":0", Log: slog.New(slog.DiscardHandler)}); err == nil {
		s.Close()
		t.Error("a listener without a token was opened for everybody")
	}
}

func listen(t *testing.T, c admin.Config) string {
	t.Helper()
	c.Addr, c.Log = "127.0.0.1:0", slog.New(slog.DiscardHandler)
	c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "metrics") })
	s, err := admin.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Handle("POST /act", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "acted") }))
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.Addr().String()
}

func ask(t *testing.T, method, url string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func TestWhoComesIn(t *testing.T) {
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/nothing"} {
		addr := listen(t, admin.Config{Token: "sesame"}) // anew: who guesses often is kept waiting
		for name, c := range map[string]struct {
			change func(*http.Request)
			in     bool
		}{
			"nobody":         {nil, false},
			"wrong bearer":   {func(r *http.Request) { r.Header.Set("Authorization", "Bearer sesam") }, false},
			"no bearer":      {func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, false},
			"bearer":         {func(r *http.Request) { r.Header.Set("Authorization", "Bearer sesame") }, true},
			"wrong password": {func(r *http.Request) { r.SetBasicAuth("sesame", "x") }, false},
			"password":       {func(r *http.Request) { r.SetBasicAuth("anybody", "sesame") }, true},
		} {
			if code, _ := ask(t, "GET", "http://"+addr+path, c.change); (code != http.StatusUnauthorized) != c.in {
				t.Errorf("%s, %s: %d", path, name, code)
			}
		}
	}
	addr := listen(t, admin.Config{Token: "sesame"})
	if code, _ := ask(t, "GET", "http://"+addr+"/healthz", nil); code != http.StatusOK {
		t.Errorf("health without a token: %d", code)
	}
}

func TestOtherSitesDoNotAct(t *testing.T) {
	addr := listen(t, admin.Config{})
	if code, body := ask(t, "POST", "http://"+addr+"/act", nil); code != http.StatusOK || body != "acted" {
		t.Errorf("from a program: %d %q", code, body)
	}
	if code, _ := ask(t, "POST", "http://"+addr+"/act", func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
	}); code != http.StatusForbidden {
		t.Errorf("from another site: %d", code)
	}
}

func TestHealth(t *testing.T) {
	var why error
	addr := listen(t, admin.Config{Alive: func() error { return why }})
	if err := admin.Health(t.Context(), addr, "/healthz"); err != nil {
		t.Error(err)
	}
	why = errors.New("no pop for a minute")
	if err := admin.Health(t.Context(), addr, "/healthz"); err == nil || !strings.Contains(err.Error(), "no pop") {
		t.Errorf("a hung program is %v", err)
	}
	if err := admin.Health(t.Context(), "127.0.0.1:1", "/healthz"); err == nil {
		t.Error("nobody is alive")
	}
}

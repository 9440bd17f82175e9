package admin_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/admin"
)

// A page of another site can have its own name point to this machine, and is then of the same origin
// to the browser.
func TestOtherNamesAreRefused(t *testing.T) {
	counted := map[admin.Refusal]int{}
	addr := listen(t, admin.Config{Refused: func(why admin.Refusal) { counted[why]++ }})
	_, port, _ := strings.Cut(addr, ":")
	refused := 0
	for host, in := range map[string]bool{
		"localhost": true, "LocalHost": true, "localhost.": true, "web.localhost": true, "127.0.0.1": true, "127.1.2.3": true, "[::1]": true, "[::ffff:127.0.0.1]": true,
		"evil.example": false, "localhost.evil.example": false, "notlocalhost": false, "127.0.0.1.evil.example": false,
		"192.0.2.1": false, "0.0.0.0": false, "[::]": false, "[2001:db8::1]": false, "2130706433": false,
	} {
		for _, h := range []string{host, host + ":" + port, host + ":80"} {
			for _, path := range []string{"/metrics", "/debug/pprof/cmdline", "/healthz"} {
				if code, _ := ask(t, "GET", "http://"+addr+path, func(r *http.Request) { r.Host = h }); (code == http.StatusOK) != in {
					t.Errorf("%s of %s: %d", path, h, code)
				}
			}
			if code, _ := ask(t, "POST", "http://"+addr+"/act", func(r *http.Request) { r.Host = h }); (code == http.StatusOK) != in {
				t.Errorf("POST to %s: %d", h, code)
			}
			if !in {
				refused += 4
			}
		}
	}
	if want := map[admin.Refusal]int{admin.WrongHost: refused}; !maps.Equal(counted, want) {
		t.Errorf("%v, want %v", counted, want)
	}
	// With a token any name will do: whoever has it may come from anywhere.
	addr = listen(t, admin.Config{Token: "sesame"})
	if code, _ := ask(t, "GET", "http://"+addr+"/metrics", func(r *http.Request) {
		r.Host = "ops.example"
		r.SetBasicAuth("", "sesame")
	}); code != http.StatusOK {
		t.Errorf("with the token: %d", code)
	}
}

// Who guesses is slowed down, on all connections together, and is heard no more when there are too many.
func TestGuessesAreThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		counted := map[admin.Refusal]int{}
		var log strings.Builder
		guard := admin.NewGuard(admin.Config{
			Token: "sesame", Log: slog.New(slog.NewTextHandler(&log, nil)),
			Refused: func(why admin.Refusal) { mu.Lock(); defer mu.Unlock(); counted[why]++ },
		}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		send := func(client, token string) int {
			r := httptest.NewRequest(http.MethodGet, "http://ops.example/metrics", nil)
			r.RemoteAddr = client + ":1234"
			if token != "" {
				r.SetBasicAuth("", token)
			}
			w := httptest.NewRecorder()
			guard.ServeHTTP(w, r)
			return w.Code
		}
		begun := time.Now()
		var guesses sync.WaitGroup
		codes := map[int]int{}
		for range 100 {
			guesses.Go(func() {
				code := send("192.0.2.1", "guess")
				mu.Lock()
				defer mu.Unlock()
				codes[code]++
			})
		}
		synctest.Wait()
		// While some wait, the right token is right; nobody else notices.
		if code := send("192.0.2.2", "sesame"); code != http.StatusOK || time.Since(begun) != 0 {
			t.Errorf("from another address: %d after %v", code, time.Since(begun))
		}
		if code := send("192.0.2.1", "sesame"); code != http.StatusTooManyRequests {
			t.Errorf("whether a guess is right can be told by not waiting: %d", code)
		}
		guesses.Wait()
		// Three are free, ten wait for half a second more each, and the last exceeds what one may owe.
		if codes[http.StatusUnauthorized] != 14 || codes[http.StatusTooManyRequests] != 86 {
			t.Errorf("%v", codes)
		}
		if took := time.Since(begun); took != 5500*time.Millisecond {
			t.Errorf("the guesses took %v", took)
		}
		if counted[admin.WrongToken] != 14 || counted[admin.TooMany] != 87 {
			t.Errorf("%v", counted)
		}
		if n := strings.Count(log.String(), "the admin listener refused a request"); n != 2 {
			t.Errorf("the log is told %d times:\n%s", n, &log)
		}
		if code := send("192.0.2.1", "sesame"); code != http.StatusOK {
			t.Errorf("when nothing is owed any more: %d", code)
		}
		// A browser that has no token yet guesses nothing.
		for range 100 {
			send("192.0.2.3", "")
		}
		if code := send("192.0.2.3", "sesame"); code != http.StatusOK {
			t.Errorf("after many requests without a token: %d", code)
		}
	})
}

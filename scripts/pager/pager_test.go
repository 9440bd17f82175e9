package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stub stands for phones: its command writes what it gets into a file each, and fails while one named
// "broken" is there.
type stub struct {
	dir     string
	command []string
}

func newStub(t *testing.T) stub {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, "send")
	text := "#!/bin/sh\n[ ! -e \"$0.broken\" ] || { echo no signal >&2; exit 1; }\ncat >>\"$0.$1\"\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return stub{script, []string{script, "{phone}"}}
}

// got is what a phone has received: a line a message.
func (s stub) got(t *testing.T, phone string) []string {
	t.Helper()
	b, err := os.ReadFile(s.dir + "." + phone)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func (s stub) want(t *testing.T, phone string, want ...string) {
	t.Helper()
	if got := s.got(t, phone); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s has\n%s\nwant\n%s", phone, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (s stub) pager(most int, again time.Duration, phones ...string) *pager {
	return newPager(phones, s.command, most, again, slog.New(slog.DiscardHandler))
}

func post(p http.Handler, body string) int {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/alerts", strings.NewReader(body)))
	return w.Code
}

// group is what Alertmanager posts of these alerts.
func group(status string, names ...string) string {
	var alerts []string
	for _, name := range names {
		alerts = append(alerts, fmt.Sprintf(`{"status":%q,"labels":{"alertname":%q,"severity":"page"},
			"annotations":{"summary":"%s is wrong.","action":"mend it"},"startsAt":"2026-01-01T00:00:00.5Z",
			"endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://p/","fingerprint":%q}`, status, name, name, name))
	}
	return fmt.Sprintf(`{"version":"4","groupKey":"{}:{}","truncatedAlerts":0,"status":%q,"receiver":"page",
		"groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://a","alerts":[%s]}`,
		status, strings.Join(alerts, ","))
}

func TestEachNewsOnceToEachPhone(t *testing.T) {
	s := newStub(t)
	p := s.pager(10, time.Hour, "+491", "+492")
	for _, body := range []string{group("firing", "A", "B"), group("firing", "A", "B"), group("firing", "B", "C"), group("resolved", "A"), group("resolved", "A")} {
		if code := post(p, body); code != http.StatusOK {
			t.Errorf("answered %d", code)
		}
	}
	for _, phone := range []string{"+491", "+492"} {
		s.want(t, phone, "Smalti: A is wrong.", "Smalti: B is wrong.", "Smalti: C is wrong.", "Smalti, over: A is wrong.")
	}
}

func TestPhoneThatIsNotReachedIsTriedAgain(t *testing.T) {
	s := newStub(t)
	p := s.pager(10, time.Hour, "+491")
	if err := os.WriteFile(s.dir+".broken", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := post(p, group("firing", "A")); code != http.StatusBadGateway {
		t.Errorf("answered %d, and Alertmanager would not try again", code)
	}
	if err := os.Remove(s.dir + ".broken"); err != nil {
		t.Fatal(err)
	}
	if code := post(p, group("firing", "A")); code != http.StatusOK {
		t.Errorf("answered %d", code)
	}
	s.want(t, "+491", "Smalti: A is wrong.")
}

func TestNotTooManyMessages(t *testing.T) {
	s := newStub(t)
	p := s.pager(3, time.Hour, "+491")
	if code := post(p, group("firing", "A", "B", "C", "D", "E")); code != http.StatusOK {
		t.Errorf("answered %d", code)
	}
	s.want(t, "+491", "Smalti: A is wrong.", "Smalti: B is wrong.", heldBack)
	// An hour later there is room again, and what was said is said again.
	to := p.phones[0]
	to.forget(time.Now().Add(perHour), time.Hour)
	if len(to.told) != 0 || len(to.knows) != 0 {
		t.Errorf("an hour later: told %v, knows %v", to.told, to.knows)
	}
	if code := post(p, group("firing", "D", "A")); code != http.StatusOK {
		t.Errorf("answered %d", code)
	}
	s.want(t, "+491", "Smalti: A is wrong.", "Smalti: B is wrong.", heldBack, "Smalti: D is wrong.", "Smalti: A is wrong.")
}

func TestWhatIsNotAlertmanagers(t *testing.T) {
	s := newStub(t)
	p := s.pager(3, time.Hour, "+491")
	for _, body := range []string{
		"", "{", "[]", `{"version":"5"}`, `{"version":"4","alerts":[{"status":"firing"}]}`, group("perhaps", "A"),
		group("firing", strings.Split(strings.Repeat("A ", maxAlerts), " ")...), group("firing", strings.Repeat("A", maxBody)),
	} {
		if code := post(p, body); code != http.StatusBadRequest {
			t.Errorf("%.60q: answered %d", body, code)
		}
	}
	s.want(t, "+491", "")
}

func FuzzWebhook(f *testing.F) {
	f.Add(group("firing", "A", "B"))
	f.Add(`{"version":"4","alerts":[null]}`)
	f.Add(`{"version":"4","alerts":[{"status":"resolved","fingerprint":"x","startsAt":"9999-12-31T23:59:59Z"}]}`)
	log := slog.New(slog.DiscardHandler)
	f.Fuzz(func(t *testing.T, body string) {
		p := newPager(nil, nil, 1, time.Hour, log) // nobody to be told
		if code := post(p, body); code != http.StatusOK && code != http.StatusBadRequest {
			t.Fatalf("answered %d", code)
		}
	})
}

func TestPhones(t *testing.T) {
	to, err := phones("# the two of us\n+49 170 0000000 # Ada\n\n0170111\n")
	if err != nil || strings.Join(to, " ") != "+491700000000 0170111" {
		t.Errorf("%q, %v", to, err)
	}
	for _, bad := range []string{"", "# nobody", "-x", "+49\n; rm", "12345678901234567"} {
		if to, err := phones(bad); err == nil {
			t.Errorf("%q: %q", bad, to)
		}
	}
}

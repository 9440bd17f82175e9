package friends_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
	"smalti/pkg/testenv"
)

func TestWhatCanGoWrong(t *testing.T) {
	testenv.SkipSlow(t)
	// busy says when to come back, which is in one and a half minutes.
	busy := func(status int, name string, form func(time.Time) string, header ...string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			at := time.Now().Add(90 * time.Second).UTC()
			return friendstest.Always(status, "application/json", `{}`, append(header, name, form(at))...)(w, r)
		}
	}
	epoch := func(at time.Time) string { return fmt.Sprint(at.Unix()) }
	date := func(at time.Time) string { return at.Format(http.TimeFormat) }
	iso := func(at time.Time) string { return at.Format("2006-01-02T15:04:05.000Z") }
	const jsonType = "application/json"
	for name, tc := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request) bool
		kinds []friends.Kind
		retry time.Duration
	}{
		"a web page":     {friendstest.Always(200, "text/html", "<!DOCTYPE html><p>Hello"), []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"a page as JSON": {friendstest.Always(200, jsonType, "<!DOCTYPE html><p>Hello"), []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"other JSON":     {friendstest.Always(200, jsonType, `{"hello":["world"]}`), []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"null":           {friendstest.Always(200, jsonType, `null`), []friends.Kind{friends.WrongNetwork, friends.Broken, friends.NoSuchPerson}, 0},
		"cut off":        {friendstest.Always(200, jsonType, `[{"id":"1"`), []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"no content":     {friendstest.Always(204, jsonType, ``), []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"no such page":   {friendstest.Always(404, "text/html", "<!DOCTYPE html><p>Nothing"), []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"endless":        {friendstest.Endless, []friends.Kind{friends.Broken}, 0},
		"stuck":          {friendstest.Stuck, []friends.Kind{friends.Slow}, 0},
		"hung up":        {func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, []friends.Kind{friends.Unreachable}, 0},
		"in trouble":     {friendstest.Always(502, "text/html", "<p>Bad gateway"), []friends.Kind{friends.Unreachable}, 0},
		"locked":         {friendstest.Always(401, jsonType, `{"error":"This API requires an authenticated user"}`), []friends.Kind{friends.LoginNeeded}, 0},
		"forbidden":      {friendstest.Always(403, "text/html", "<p>Checking that you are human"), []friends.Kind{friends.LoginNeeded}, 0},
		"sent elsewhere": {friendstest.Always(302, "text/html", "", "Location", "https://elsewhere.invalid/"), []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"sent in circles": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
			return true
		}, []friends.Kind{friends.WrongNetwork, friends.Broken}, 0},
		"busy":                 {friendstest.Always(429, jsonType, `{"error":"rate limit reached"}`), []friends.Kind{friends.Busy}, time.Minute},
		"busy, seconds":        {friendstest.Always(429, jsonType, `{}`, "Retry-After", "90"), []friends.Kind{friends.Busy}, 90 * time.Second},
		"busy, date":           {busy(429, "Retry-After", date), []friends.Kind{friends.Busy}, 90 * time.Second},
		"busy, ISO":            {busy(429, "X-RateLimit-Reset", iso), []friends.Kind{friends.Busy}, 90 * time.Second},
		"busy, epoch":          {busy(429, "RateLimit-Reset", epoch), []friends.Kind{friends.Busy}, 90 * time.Second},
		"busy, 403":            {busy(403, "X-RateLimit-Reset", epoch, "X-RateLimit-Remaining", "0"), []friends.Kind{friends.Busy}, 90 * time.Second},
		"busy, second limit":   {friendstest.Always(403, jsonType, `{}`, "Retry-After", "60"), []friends.Kind{friends.Busy}, time.Minute},
		"under maintenance":    {friendstest.Always(503, "text/html", ``, "Retry-After", "86400"), []friends.Kind{friends.Busy}, time.Hour},
		"busy, in the past":    {friendstest.Always(429, jsonType, `{}`, "Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT"), []friends.Kind{friends.Busy}, time.Second},
		"busy, senseless date": {friendstest.Always(429, jsonType, `{}`, "Retry-After", "-5", "X-RateLimit-Reset", "soon"), []friends.Kind{friends.Busy}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			eachNetwork(t, func(t *testing.T, n *network) {
				w := n.with(t, friendstest.Crowd("anna", 3)...)
				who, err := w.find(t.Context(), "anna")
				if err != nil {
					t.Fatal(err)
				}
				w.server.Set(func(s *friendstest.Server) { s.Fault = tc.fault })
				if name == "stuck" {
					w.config.Timeout = 100 * time.Millisecond
				}
				w.Source = w.source(t, n.name)
				_, err = w.find(t.Context(), "anna")
				w.wantOneOf(t, err, tc.kinds, tc.retry)
				w.Source = w.source(t, n.name)
				_, err = w.List(t.Context(), who, friends.Ask{Direction: friends.Following})
				w.wantOneOf(t, err, append(tc.kinds, friends.Nobody, friends.Hidden), tc.retry)
				if tc.retry == 0 {
					return
				}
				before := len(w.server.Requests())
				_, err = w.find(t.Context(), "anna")
				w.wantOneOf(t, err, tc.kinds, tc.retry)
				if tc.retry > time.Second && len(w.server.Requests()) != before {
					t.Error("the server was asked again although it wants to be left alone")
				}
			})
		})
	}
}

func (w *world) wantOneOf(t *testing.T, err error, kinds []friends.Kind, retry time.Duration) {
	t.Helper()
	e, ok := errors.AsType[*friends.Error](err)
	if !ok || !slices.Contains(kinds, e.Kind) || strings.Contains(e.Message().String(), "{") {
		t.Errorf("got %s %v, want one of %v", friends.KindOf(err), err, kinds)
		return
	}
	if e.Retry > retry+time.Second || e.Retry < retry/2 { // some of it may be over
		t.Errorf("try again in %v, want %v", e.Retry, retry)
	}
	if strings.Contains(err.Error(), token) {
		t.Errorf("the token is in %q", err)
	}
}

package friends_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
)

// names answers for a host that is only what people's names end in; the server is elsewhere, and
// answers WebFinger for both.
func names(t *testing.T, server *friendstest.Mastodon) *friendstest.Mastodon {
	t.Helper()
	site := friendstest.NewMastodon(t)
	site.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/.well-known/webfinger" {
			http.Redirect(w, r, server.Origin+r.URL.RequestURI(), http.StatusFound)
			return true
		}
		return friendstest.Always(http.StatusNotFound, "text/html", "<!DOCTYPE html><p>My blog")(w, r)
	}
	server.Domain = site.Host
	return site
}

func TestNamesMayEndInAnotherHost(t *testing.T) {
	server := friendstest.NewMastodon(t, friendstest.Crowd("anna", 90)...)
	site := names(t, server)
	w := networks[0].with(t)
	w.handle = func(user string) string { return "https://" + site.Host + "/@" + user }
	w.config.Tokens[site.Origin], w.config.Tokens["https://"+site.Host] = token, token
	w.Source = w.source(t, "mastodon")
	who, all, _ := w.all(t, "anna", friends.Following)
	if len(all) != 90 || who.Handle != "@anna@"+site.Host || who.Origin != server.Origin || all[0].Handle != "@user0001@"+site.Host {
		t.Errorf("%d people, %+v, the first %+v", len(all), who, all[0])
	}
	for _, r := range server.Requests() {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("%s came with another server's token", r.URL)
		}
	}
	_, err := w.find(t.Context(), "nobody")
	wantKind(t, err, friends.WrongNetwork, "a Mastodon server")
}

// A server behind a proxy, or a wicked one, names another host in its links: only the position is
// taken from them, and that host never hears of it.
func TestLinksToOtherHostsAreNotFollowed(t *testing.T) {
	other := friendstest.NewMastodon(t)
	server := friendstest.NewGoToSocial(t, token, friendstest.Crowd("anna", 170)...)
	server.Configured = other.Host
	w := networks[0].with(t)
	w.handle = func(user string) string { return "@" + user + "@" + server.Host }
	w.config.Tokens[server.Origin] = token
	w.Source = w.source(t, "mastodon")
	if _, all, _ := w.all(t, "anna", friends.Following); len(all) != 170 {
		t.Errorf("%d people", len(all))
	}
	if n := len(other.Requests()); n != 0 {
		t.Errorf("the other host was asked %d times", n)
	}
	for _, r := range server.Requests() {
		if r.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("%s came without the token", r.URL)
		}
	}
}

func TestNoOtherServerSeesTheToken(t *testing.T) {
	other := friendstest.NewMastodon(t, friendstest.Crowd("anna", 2)...)
	for name, mirror := range map[string]http.HandlerFunc{
		"API": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.Origin+r.URL.RequestURI(), http.StatusTemporaryRedirect)
		},
		"WebFinger": nil,
	} {
		t.Run(name, func(t *testing.T) {
			server := friendstest.NewGoToSocial(t, token)
			if mirror != nil {
				server.Fault = func(w http.ResponseWriter, r *http.Request) bool { mirror(w, r); return true }
			} else {
				server = names(t, other)
			}
			w := networks[0].with(t)
			w.config.Tokens[server.Origin] = token
			w.Source = w.source(t, "mastodon")
			handle, _ := w.Canonical("@anna@" + server.Host)
			w.Find(t.Context(), handle) // whether that finds anybody does not matter here
			for _, r := range other.Requests() {
				for name, values := range r.Header {
					if strings.Contains(strings.Join(values, " "), token) {
						t.Errorf("%s came with the token in %s", r.URL, name)
					}
				}
			}
		})
	}
}

func TestServersThatWantAToken(t *testing.T) {
	for _, n := range networks {
		w := n.with(t, friendstest.Crowd("anna", 3)...)
		w.server.Set(func(s *friendstest.Server) { s.Closed, s.Token = true, token })
		if n.name == "bluesky" || n.name == "github" {
			continue // they are open to all
		}
		for origin, wrong := range map[string]string{w.server.Origin: "stale", "https://" + w.server.Host: token} {
			w.config.Tokens = map[string]string{origin: wrong}
			w.Source = w.source(t, n.name)
			who, err := w.find(t.Context(), "anna")
			if err == nil { // Forgejo shows people, but not their lists
				_, err = w.List(t.Context(), who, friends.Ask{Direction: friends.Following})
			}
			wantKind(t, err, friends.LoginNeeded, "friends.login_needed")
			if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), "stale") {
				t.Errorf("a token is in %q", err)
			}
		}
	}
}

// nowhere is an internet without servers.
type nowhere struct{ err error }

func (n nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, n.err }

func TestMistypedServers(t *testing.T) {
	source := friends.Networks(friends.Config{Transport: nowhere{&net.DNSError{Err: "no such host", IsNotFound: true}}})[0]
	for typed, meant := range map[string]string{
		"@anna@mastodon.socail": "@anna@mastodon.social", "anna@mastodonsocial.": "@anna@mastodon.social",
		"https://fostodon.org/@anna": "@anna@fosstodon.org", "@anna@hachyderm.oi": "@anna@hachyderm.io", "@anna@example.org": "",
	} {
		handle, err := source.Canonical(typed)
		if err != nil {
			t.Errorf("%s: %v", typed, err)
			continue
		}
		_, err = source.Find(t.Context(), handle)
		wantKind(t, err, friends.Unreachable, "friends.no_such_server")
		e, _ := errors.AsType[*friends.Error](err)
		if got := strings.Join(e.Suggestions, " "); got != meant && !strings.HasPrefix(got, meant+" ") || meant == "" && got != "" {
			t.Errorf("%s: suggestions %q, want %q", typed, got, meant)
		}
	}
	source = friends.Networks(friends.Config{Transport: nowhere{io.ErrUnexpectedEOF}})[0]
	_, err := source.Find(t.Context(), "@anna@example.org")
	wantKind(t, err, friends.Unreachable, "reach example.org.")
}

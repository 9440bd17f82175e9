package friendstest

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
)

// Mastodon is a fake of a server that speaks Mastodon's API.
type Mastodon struct {
	Server
	GoToSocial bool   // is one, which shows nothing without a token
	Configured string // the host that it believes to have, in links and profiles; empty: the real one
	Domain     string // what names end in; empty: the host
}

// NewMastodon starts one.
func NewMastodon(t testing.TB, people ...Person) *Mastodon {
	m := &Mastodon{Server: Server{People: people}}
	r := mux.NewRouter()
	r.Path("/api/v1/accounts/lookup").HandlerFunc(m.guarded(m.lookup))
	r.Path("/api/v1/accounts/{id}/{list:following|followers}").HandlerFunc(m.guarded(m.list))
	r.Path("/api/v2/search").HandlerFunc(m.guarded(m.search))
	r.Path("/.well-known/webfinger").HandlerFunc(m.webfinger)
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Always(http.StatusNotFound, "text/html; charset=utf-8", "<!DOCTYPE html><title>The page you are looking for isn't here</title>")(w, r)
	})
	m.start(t, r)
	return m
}

// NewGoToSocial starts one that is a GoToSocial, which wants a token for everything.
func NewGoToSocial(t testing.TB, token string, people ...Person) *Mastodon {
	m := NewMastodon(t, people...)
	m.GoToSocial, m.Closed, m.Token = true, true, token
	return m
}

func (m *Mastodon) domain() string {
	if m.Domain != "" {
		return m.Domain
	}
	return m.Host
}

// base is what the server believes that its address is.
func (m *Mastodon) base() string {
	if m.Configured != "" {
		return "http://" + m.Configured
	}
	return m.Origin
}

func (m *Mastodon) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Ratelimit-Limit", "300")
		h.Set("X-Ratelimit-Remaining", "299")
		h.Set("X-Ratelimit-Reset", time.Now().Add(5*time.Minute).UTC().Format("2006-01-02T15:04:05.000000Z"))
		h.Set("Cache-Control", "private, no-store")
		if m.GoToSocial {
			h.Set("Cache-Control", "no-store")
			for _, name := range []string{"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"} {
				h.Del(name) // seen only with a 429
			}
		}
		if m.Closed && r.Header.Get("Authorization") != "Bearer "+m.Token {
			if m.GoToSocial {
				m.say(w, http.StatusUnauthorized, "Unauthorized: token not supplied")
			} else {
				m.say(w, http.StatusUnauthorized, "This API requires an authenticated user")
			}
			return
		}
		next(w, r)
	}
}

func (m *Mastodon) kind() string {
	if m.GoToSocial {
		return "application/json"
	}
	return "application/json; charset=utf-8"
}

func (m *Mastodon) say(w http.ResponseWriter, status int, sentence string) {
	answer(w, m.kind(), status, map[string]string{"error": sentence})
}

// send answers with an ETag, where the server has those.
func (m *Mastodon) send(w http.ResponseWriter, r *http.Request, v any) {
	if m.GoToSocial {
		answer(w, m.kind(), http.StatusOK, v)
	} else {
		tagged(w, r, m.kind(), v)
	}
}

// Ids look like Mastodon's: large numbers as text.
const firstAccount = 109_000_000_000_000_000

// ulid begins the ids of a GoToSocial.
const ulid = "01DC92E85Q529QF2QBB"

func (m *Mastodon) accountID(i int) string {
	if m.GoToSocial {
		return fmt.Sprintf("%s%07d", ulid, i)
	}
	return strconv.Itoa(firstAccount + i)
}

// place is the place of the person who has an id, or -1.
func (m *Mastodon) place(id string) int {
	for i := range m.People {
		if m.accountID(i) == id {
			return i
		}
	}
	return -1
}

func followID(i int) int { return 7_000_000 - i }

func (m *Mastodon) account(i int) map[string]any {
	a := m.usual(i)
	maps.Copy(a, m.People[i].Profile)
	return a
}

// usual is an account without anything special.
func (m *Mastodon) usual(i int) map[string]any {
	p := m.People[i]
	photo, still := p.Photo, p.Photo
	if photo == "" {
		photo = m.base() + "/avatars/original/missing.png"
		if m.GoToSocial {
			photo = m.base() + "/assets/default_avatars/GoToSocial_icon5.webp"
		}
		still = photo
	}
	emojis := []map[string]any{}
	for _, e := range p.Emojis {
		emojis = append(emojis, map[string]any{"shortcode": e, "url": m.base() + "/e.png", "static_url": m.base() + "/e.png", "visible_in_picker": true})
	}
	following, followers := m.Server.list(i, false), m.Server.list(i, true)
	a := map[string]any{
		"id": m.accountID(i), "username": p.User, "acct": p.User, "display_name": p.Name, "locked": false, "bot": false,
		"discoverable": true, "group": false, "created_at": created, "note": "<p>Hello</p>", "url": m.base() + "/@" + p.User,
		"uri": m.base() + "/users/" + p.User, "avatar": photo, "avatar_static": still, "header": m.base() + "/headers/original/missing.png",
		"header_static": m.base() + "/headers/original/missing.png", "followers_count": len(followers), "following_count": len(following),
		"statuses_count": 3, "last_status_at": nil, "emojis": emojis, "fields": []any{},
	}
	if !m.GoToSocial {
		a["indexable"] = true
		a["noindex"], a["hide_collections"], a["roles"] = false, p.Hides, []any{}
		return a
	}
	delete(a, "uri")
	a["discoverable"] = false // of everybody who has not said otherwise
	a["header_description"] = "Flat gray background (default header)."
	if p.Photo == "" {
		a["avatar_description"] = "Grayed-out line drawing of a cute sloth (default avatar)."
	} else {
		a["avatar_media_id"] = "01M7XJ1K64DVBNE5A0W7DP111C"
	}
	return a
}

func (m *Mastodon) lookup(w http.ResponseWriter, r *http.Request) {
	user, host, remote := strings.Cut(r.FormValue("acct"), "@")
	i := m.find(user)
	if i < 0 || remote && host != m.domain() {
		if m.GoToSocial {
			m.say(w, http.StatusNotFound, fmt.Sprintf("Not Found: @%s not found", user))
		} else {
			m.say(w, http.StatusNotFound, "Record not found")
		}
		return
	}
	m.send(w, r, m.account(i))
}

// list pages by the ids of follows, not of people, newest first. A full page announces a next one,
// whether or not there is anybody on it.
func (m *Mastodon) list(w http.ResponseWriter, r *http.Request) {
	v := mux.Vars(r)
	i := m.place(v["id"])
	if i < 0 {
		m.say(w, http.StatusNotFound, "Record not found")
		return
	}
	limit := number(r, "limit", 40, 80)
	before := number(r, "max_id", 1<<40, 1<<40)
	shown := []map[string]any{}
	first, last := 0, 0
	for n, j := range m.Server.list(i, v["list"] == "followers") {
		if m.People[i].Hides || followID(n) >= before || len(shown) == limit {
			continue
		}
		if first == 0 {
			first = followID(n)
		}
		last = followID(n)
		shown = append(shown, m.account(j))
	}
	if len(shown) > 0 {
		at := fmt.Sprintf("%s%s?limit=%d&", m.base(), r.URL.Path, limit)
		back := "since_id"
		if m.GoToSocial {
			back = "min_id"
		}
		link := fmt.Sprintf(`<%s%s=%d>; rel="prev"`, at, back, first)
		if len(shown) == limit {
			link = fmt.Sprintf(`<%smax_id=%d>; rel="next", %s`, at, last, link)
		}
		w.Header().Set("Link", link)
	}
	m.send(w, r, shown)
}

func (m *Mastodon) search(w http.ResponseWriter, r *http.Request) {
	found := []map[string]any{}
	for i, p := range m.People {
		if q := r.FormValue("q"); len(q) > 2 && strings.HasPrefix(p.User, q[:3]) && len(found) < number(r, "limit", 20, 40) {
			found = append(found, m.account(i))
		}
	}
	answer(w, m.kind(), http.StatusOK, map[string]any{"accounts": found, "statuses": []any{}, "hashtags": []any{}})
}

func (m *Mastodon) webfinger(w http.ResponseWriter, r *http.Request) {
	user, host, _ := strings.Cut(strings.TrimPrefix(r.FormValue("resource"), "acct:"), "@")
	i := m.find(user)
	if i < 0 || host != m.domain() && host != m.Host {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	answer(w, "application/jrd+json; charset=utf-8", http.StatusOK, map[string]any{
		"subject": "acct:" + m.People[i].User + "@" + m.domain(),
		"aliases": []string{m.base() + "/@" + m.People[i].User},
		"links": []map[string]string{
			{"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": m.base() + "/@" + m.People[i].User},
			{"rel": "self", "type": "application/activity+json", "href": m.base() + "/users/" + m.People[i].User},
			{"rel": "http://ostatus.org/schema/1.0/subscribe", "template": m.base() + "/authorize_interaction?uri={uri}"},
		},
	})
}

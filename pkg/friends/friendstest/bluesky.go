package friendstest

import (
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/mux"
)

// Bluesky is a fake of the public AppView. People are <user>.bsky.social.
type Bluesky struct{ Server }

// NewBluesky starts one.
func NewBluesky(t testing.TB, people ...Person) *Bluesky {
	b := &Bluesky{Server{People: people}}
	r := mux.NewRouter()
	r.Path("/xrpc/app.bsky.actor.getProfile").HandlerFunc(b.profile)
	r.Path("/xrpc/app.bsky.graph.{list:getFollows|getFollowers}").HandlerFunc(b.graph)
	r.Path("/xrpc/app.bsky.actor.searchActorsTypeahead").HandlerFunc(b.search)
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.say(w, http.StatusNotImplemented, "MethodNotImplemented", "Method Not Implemented")
	})
	b.start(t, r)
	return b
}

// DID is the did of a user.
func DID(user string) string {
	sum := sha256.Sum256([]byte(user))
	return "did:plc:" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15]))
}

func (b *Bluesky) say(w http.ResponseWriter, status int, kind, message string) {
	answer(w, "application/json; charset=utf-8", status, map[string]string{"error": kind, "message": message})
}

// actor finds somebody by handle or DID.
func (b *Bluesky) actor(name string) int {
	for i, p := range b.People {
		if strings.EqualFold(name, p.User+".bsky.social") || name == DID(p.User) {
			return i
		}
	}
	return -1
}

func (b *Bluesky) view(i int) map[string]any {
	p := b.People[i]
	labels := []map[string]any{}
	if p.Withheld {
		labels = append(labels, map[string]any{
			"src": DID(p.User), "uri": "at://" + DID(p.User) + "/app.bsky.actor.profile/self", "cid": "bafyrei", "val": "!no-unauthenticated", "cts": created,
		})
	}
	v := map[string]any{
		"did": DID(p.User), "handle": p.User + ".bsky.social", "associated": map[string]any{"chat": map[string]any{"allowIncoming": "following"}},
		"labels": labels, "createdAt": created, "indexedAt": created, "description": "Hello",
	}
	if p.Name != "" {
		v["displayName"] = p.Name
	}
	if p.Photo != "" { // absent where there is none
		v["avatar"] = p.Photo
	}
	return v
}

func (b *Bluesky) profile(w http.ResponseWriter, r *http.Request) {
	i := b.actor(r.FormValue("actor"))
	if i < 0 {
		b.say(w, http.StatusBadRequest, "InvalidRequest", "Profile not found")
		return
	}
	v := b.view(i)
	v["followsCount"], v["followersCount"], v["postsCount"] = len(b.list(i, false)), len(b.list(i, true)), 7
	tagged(w, r, "application/json; charset=utf-8", v)
}

// graph pages by an opaque cursor. A full page has one, whether or not there is more.
func (b *Bluesky) graph(w http.ResponseWriter, r *http.Request) {
	list := mux.Vars(r)["list"]
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if r.FormValue("limit") == "" {
		limit, err = 50, nil
	}
	i := b.actor(r.FormValue("actor"))
	switch {
	case err != nil || limit < 1 || limit > 100:
		b.say(w, http.StatusBadRequest, "InvalidRequest", "Error: limit must be an integer from 1 to 100")
		return
	case i < 0:
		b.say(w, http.StatusBadRequest, "InvalidRequest", "Actor not found: "+r.FormValue("actor"))
		return
	}
	start := 0
	if c := r.FormValue("cursor"); c != "" {
		if start, err = strconv.Atoi(strings.TrimPrefix(c, "3l::")); err != nil {
			b.say(w, http.StatusBadRequest, "InvalidRequest", "Malformed cursor")
			return
		}
	}
	all := b.list(i, list == "getFollowers")
	some := all[min(start, len(all)):min(start+limit, len(all))]
	views := []map[string]any{}
	for _, j := range some {
		views = append(views, b.view(j))
	}
	body := map[string]any{"subject": b.view(i), strings.ToLower(strings.TrimPrefix(list, "get")): views}
	if len(some) == limit {
		body["cursor"] = "3l::" + strconv.Itoa(start+limit)
	}
	tagged(w, r, "application/json; charset=utf-8", body)
}

func (b *Bluesky) search(w http.ResponseWriter, r *http.Request) {
	actors := []map[string]any{}
	for i, p := range b.People {
		if q := r.FormValue("q"); len(q) > 2 && strings.HasPrefix(p.User, q[:3]) && len(actors) < number(r, "limit", 10, 100) {
			actors = append(actors, b.view(i))
		}
	}
	answer(w, "application/json; charset=utf-8", http.StatusOK, map[string]any{"actors": actors})
}

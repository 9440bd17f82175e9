package friendstest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
)

// GitHub is a fake of GitHub's REST API.
type GitHub struct{ Server }

// NewGitHub starts one.
func NewGitHub(t testing.TB, people ...Person) *GitHub {
	g := &GitHub{Server{People: people}}
	r := mux.NewRouter()
	r.Path("/users/{login}").HandlerFunc(g.guarded(g.user))
	r.Path("/users/{login}/{list:following|followers}").HandlerFunc(g.guarded(g.list))
	r.Path("/search/users").HandlerFunc(g.guarded(g.search))
	r.NotFoundHandler = http.HandlerFunc(g.missing)
	g.start(t, r)
	return g
}

const githubJSON = "application/json; charset=utf-8"

func (g *GitHub) missing(w http.ResponseWriter, _ *http.Request) {
	answer(w, githubJSON, http.StatusNotFound, map[string]string{
		"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404",
	})
}

func (g *GitHub) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() == "" {
			Always(http.StatusForbidden, "text/html", "Request forbidden by administrative rules.")(w, r)
			return
		}
		if auth := r.Header.Get("Authorization"); auth != "" && auth != "Bearer "+g.Token {
			answer(w, githubJSON, http.StatusUnauthorized, map[string]string{"message": "Bad credentials", "status": "401"})
			return
		}
		h := w.Header()
		h.Set("X-Ratelimit-Limit", "60")
		h.Set("X-Ratelimit-Remaining", "59")
		h.Set("X-Ratelimit-Reset", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
		h.Set("X-Ratelimit-Resource", "core")
		h.Set("X-Github-Media-Type", "github.v3; format=json")
		next(w, r)
	}
}

// simple is a simple user. That nobody has a picture cannot be seen: there is always an address.
func (g *GitHub) simple(i int) map[string]any {
	p := g.People[i]
	photo := p.Photo
	if photo == "" {
		photo = fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", i+1)
	}
	at := g.Origin + "/users/" + p.User
	return map[string]any{
		"login": p.User, "id": i + 1, "node_id": "MDQ6VXNlcjE=", "avatar_url": photo, "gravatar_id": "", "url": at,
		"html_url": "https://github.com/" + p.User, "followers_url": at + "/followers", "following_url": at + "/following{/other_user}",
		"type": "User", "user_view_type": "public", "site_admin": false,
	}
}

func (g *GitHub) user(w http.ResponseWriter, r *http.Request) {
	i := g.find(mux.Vars(r)["login"])
	if i < 0 {
		g.missing(w, r)
		return
	}
	u := g.simple(i)
	u["name"] = nil
	if g.People[i].Name != "" {
		u["name"] = g.People[i].Name
	}
	u["email"], u["followers"], u["following"] = nil, len(g.Server.list(i, true)), len(g.Server.list(i, false))
	tagged(w, r, githubJSON, u)
}

func (g *GitHub) list(w http.ResponseWriter, r *http.Request) {
	v := mux.Vars(r)
	i := g.find(v["login"])
	if i < 0 {
		g.missing(w, r)
		return
	}
	all := g.Server.list(i, v["list"] == "followers")
	size, n := number(r, "per_page", 30, 100), number(r, "page", 1, 1<<30)
	users := []map[string]any{}
	for _, j := range page(all, n, size) {
		users = append(users, g.simple(j))
	}
	last := max(1, (len(all)+size-1)/size)
	var links []string
	link := func(n int, rel string) {
		links = append(links, fmt.Sprintf(`<%s/user/%d/%s?per_page=%d&page=%d>; rel="%s"`, g.Origin, i+1, v["list"], size, n, rel))
	}
	if n > 1 {
		link(n-1, "prev")
	}
	if n < last {
		link(n+1, "next")
		link(last, "last")
	}
	if n > 1 {
		link(1, "first")
	}
	if links != nil {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	tagged(w, r, githubJSON, users)
}

func (g *GitHub) search(w http.ResponseWriter, r *http.Request) {
	items := []map[string]any{}
	q, _, _ := strings.Cut(r.FormValue("q"), " ")
	for i, p := range g.People {
		if len(q) > 2 && strings.HasPrefix(strings.ToLower(p.User), strings.ToLower(q[:3])) && len(items) < number(r, "per_page", 30, 100) {
			items = append(items, g.simple(i))
		}
	}
	answer(w, githubJSON, http.StatusOK, map[string]any{"total_count": len(items), "incomplete_results": false, "items": items})
}

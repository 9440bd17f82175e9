package friendstest

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"testing"

	"github.com/gorilla/mux"
)

// Forgejo is a fake of Forgejo, and of Gitea.
type Forgejo struct{ Server }

// NewForgejo starts one. Lists need the token; people do not.
func NewForgejo(t testing.TB, token string, people ...Person) *Forgejo {
	f := &Forgejo{Server{Token: token, People: people}}
	r := mux.NewRouter()
	r.Path("/api/v1/users/{login}").HandlerFunc(f.user)
	r.Path("/api/v1/users/{login}/{list:following|followers}").HandlerFunc(f.list)
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Always(http.StatusNotFound, "text/html; charset=utf-8", "<!DOCTYPE html><title>Page Not Found</title>")(w, r)
	})
	f.start(t, r)
	return f
}

const forgejoJSON = "application/json;charset=utf-8"

func (f *Forgejo) say(w http.ResponseWriter, status int, message string) {
	answer(w, forgejoJSON, status, map[string]string{"message": message, "url": f.Origin + "/api/swagger"})
}

func (f *Forgejo) view(i int) map[string]any {
	p := f.People[i]
	photo := p.Photo
	if photo == "" {
		photo = fmt.Sprintf("%s/avatars/%064x", f.Origin, i)
	}
	return map[string]any{
		"id": i + 2, "login": p.User, "login_name": "", "source_id": 0, "full_name": p.Name, "email": p.User + "@example.org",
		"avatar_url": photo, "html_url": f.Origin + "/" + p.User, "language": "", "is_admin": false, "last_login": "0001-01-01T00:00:00Z",
		"created": created, "restricted": false, "active": false, "prohibit_login": false, "location": "", "pronouns": "", "website": "",
		"description": "", "visibility": "public", "followers_count": len(f.Server.list(i, true)), "following_count": len(f.Server.list(i, false)),
		"starred_repos_count": 0, "username": p.User,
	}
}

func (f *Forgejo) seen(i int) map[string]any {
	u := f.view(i)
	maps.Copy(u, f.People[i].Profile)
	return u
}

func (f *Forgejo) user(w http.ResponseWriter, r *http.Request) {
	login := mux.Vars(r)["login"]
	if i := f.find(login); i >= 0 {
		answer(w, forgejoJSON, http.StatusOK, f.seen(i))
		return
	}
	f.say(w, http.StatusNotFound, fmt.Sprintf("user redirect does not exist [name: %s]", login))
}

// list has no Link header, and an empty page behind the last.
func (f *Forgejo) list(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "token "+f.Token {
		f.say(w, http.StatusUnauthorized, "token is required")
		return
	}
	v := mux.Vars(r)
	i := f.find(v["login"])
	if i < 0 {
		f.say(w, http.StatusNotFound, fmt.Sprintf("user redirect does not exist [name: %s]", v["login"]))
		return
	}
	all := f.Server.list(i, v["list"] == "followers")
	users := []map[string]any{}
	for _, j := range page(all, number(r, "page", 1, 1<<30), number(r, "limit", 30, 50)) {
		users = append(users, f.seen(j))
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(all)))
	w.Header().Set("Access-Control-Expose-Headers", "X-Total-Count")
	answer(w, forgejoJSON, http.StatusOK, users)
}

// GitLab is a fake of GitLab.
type GitLab struct{ Server }

// NewGitLab starts one. Everything needs the token.
func NewGitLab(t testing.TB, token string, people ...Person) *GitLab {
	g := &GitLab{Server{Token: token, People: people}}
	r := mux.NewRouter()
	r.Path("/api/v4/users").HandlerFunc(g.guarded(g.users))
	r.Path("/api/v4/users/{id}/{list:following|followers}").HandlerFunc(g.guarded(g.list))
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, "application/json", http.StatusNotFound, map[string]string{"error": "404 Not Found"})
	})
	g.start(t, r)
	return g
}

func (g *GitLab) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Private-Token") != g.Token {
			answer(w, "application/json", http.StatusForbidden, map[string]string{"message": "403 Forbidden - Not authorized!"})
			return
		}
		next(w, r)
	}
}

func (g *GitLab) view(i int) map[string]any {
	p := g.People[i]
	v := map[string]any{
		"id": i + 1, "username": p.User, "public_email": nil, "name": p.Name, "state": "active", "locked": false,
		"avatar_url": nil, "web_url": g.Origin + "/" + p.User,
	}
	if p.Photo != "" {
		v["avatar_url"] = p.Photo
	}
	return v
}

func (g *GitLab) users(w http.ResponseWriter, r *http.Request) {
	found := []map[string]any{}
	if i := g.find(r.FormValue("username")); i >= 0 {
		found = append(found, g.view(i))
	}
	tagged(w, r, "application/json", found)
}

func (g *GitLab) list(w http.ResponseWriter, r *http.Request) {
	v := mux.Vars(r)
	i, err := strconv.Atoi(v["id"])
	if i--; err != nil || i < 0 || i >= len(g.People) || g.People[i].Hides {
		answer(w, "application/json", http.StatusNotFound, map[string]string{"message": "404 User Not Found"})
		return
	}
	all := g.Server.list(i, v["list"] == "followers")
	size, n := number(r, "per_page", 20, 100), number(r, "page", 1, 1<<30)
	users := []map[string]any{}
	for _, j := range page(all, n, size) {
		users = append(users, g.view(j))
	}
	next := ""
	if n*size < len(all) {
		next = strconv.Itoa(n + 1)
	}
	w.Header().Set("X-Page", strconv.Itoa(n))
	w.Header().Set("X-Per-Page", strconv.Itoa(size))
	w.Header().Set("X-Next-Page", next)
	w.Header().Set("X-Total", strconv.Itoa(len(all)))
	tagged(w, r, "application/json", users)
}

package friends

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// github asks GitHub's REST API: 60 questions an hour without a token, 5,000 with any. See
// https://docs.github.com/rest/users/followers.
type github struct {
	client *client
	origin string
}

var _ Source = (*github)(nil)

const githubPage = "100" // the most that a page can have

// Old names may end in a hyphen, and those of managed accounts have an underscore.
var githubLogin = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,38}$`)

// Name implements [Source].
func (*github) Name() string { return "github" }

// Canonical implements [Source]: the login in lower case.
func (*github) Canonical(handle string) (string, error) {
	s, err := tidy(handle)
	if err != nil {
		return "", err
	}
	if host, path, ok := profileLink(s); ok && len(path) > 0 && strings.TrimPrefix(host, "www.") == "github.com" {
		s = path[0]
	}
	s = strings.ToLower(strings.TrimPrefix(s, "@"))
	if !githubLogin.MatchString(s) {
		return "", badHandle(handle, "GitHub", "anna")
	}
	return s, nil
}

// githubUser is a simple or a public user, as far as it is of use.
type githubUser struct {
	ID        flexible `json:"id"`
	Login     string   `json:"login"`
	Name      string   `json:"name"` // of a public user alone
	AvatarURL string   `json:"avatar_url"`
	HTMLURL   string   `json:"html_url"`
	Following int      `json:"following"`
	Followers int      `json:"followers"`
}

func (u *githubUser) fits() bool {
	return u.ID.fits() && githubLogin.MatchString(strings.ToLower(u.Login))
}

func (u *githubUser) person(origin string) Person {
	return Person{
		ID: string(u.ID), Name: nameOr(u.Name, u.Login), Handle: "@" + u.Login,
		Profile: webAddress(origin, u.HTMLURL), Photo: ownPicture(origin, u.AvatarURL),
	}
}

// Find implements [Source].
func (g *github) Find(ctx context.Context, handle string) (Subject, error) {
	a, err := g.ask(ctx, "/users/"+url.PathEscape(handle), nil, "")
	if err != nil {
		return Subject{}, err
	}
	if a.status == http.StatusNotFound {
		e := noSuchPerson("@"+handle, "GitHub")
		e.Suggestions = g.search(ctx, handle)
		return Subject{}, e
	}
	var u githubUser
	if err := a.decode(&u); err != nil || !u.fits() {
		return Subject{}, broken("GitHub", err)
	}
	return Subject{
		Person: u.person(a.origin), Key: u.Login, Origin: a.origin, Following: max(0, u.Following), Followers: max(0, u.Followers),
	}, nil
}

// List implements [Source].
func (g *github) List(ctx context.Context, who Subject, ask Ask) (Page, error) {
	number, err := pageNumber(ask.Cursor)
	if err != nil {
		return Page{}, err
	}
	path := "/users/" + url.PathEscape(who.Key) + "/" + string(ask.Direction)
	a, err := g.ask(ctx, path, url.Values{"per_page": {githubPage}, "page": {number}}, ask.ETag)
	if err != nil {
		return Page{}, err
	}
	switch a.status {
	case http.StatusNotModified:
		return Page{Unchanged: true}, nil
	case http.StatusNotFound:
		return Page{}, noSuchPerson(who.Handle, "GitHub")
	}
	users, err := list[githubUser](a.body, 100)
	if err != nil || !a.isJSON() {
		return Page{}, broken("GitHub", err)
	}
	p := Page{Total: who.Count(ask.Direction), ETag: a.header.Get("ETag")}
	for _, u := range users {
		if u.fits() {
			p.add(u.person(who.Origin))
		}
	}
	if next := nextOf(a.header).Get("page"); len(users) > 0 && isPageNumber(next) {
		p.Next = next
	}
	if ask.Cursor == "" && p.Next == "" && p.empty() {
		return Page{}, emptyList(who, ask.Direction)
	}
	return p, nil
}

// search looks for people whose names are like the one that was typed.
func (g *github) search(ctx context.Context, login string) (like []string) {
	a, err := g.ask(ctx, "/search/users", url.Values{"q": {login + " in:login"}, "per_page": {"10"}}, "")
	if err != nil || a.status != http.StatusOK {
		return nil
	}
	var found struct{ Items []githubUser }
	if a.decode(&found) != nil {
		return nil
	}
	var logins []string
	for _, u := range found.Items {
		if u.fits() {
			logins = append(logins, u.Login)
		}
	}
	for _, l := range closest(login, logins) {
		like = append(like, "@"+l)
	}
	return like
}

func (g *github) ask(ctx context.Context, path string, query url.Values, etag string) (*answer, error) {
	a, err := g.client.get(ctx, call{
		origin: g.origin, network: "GitHub", path: path, query: query, etag: etag, tokenHeader: "Authorization", tokenPrefix: "Bearer ",
		header: map[string]string{"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
	})
	if err != nil {
		return nil, err
	}
	switch {
	case a.status == http.StatusOK, a.status == http.StatusNotModified:
	case !a.isJSON() || a.status != http.StatusNotFound:
		return nil, broken("GitHub", nil)
	}
	return a, nil
}

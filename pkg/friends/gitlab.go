package friends

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// gitlab asks a server of GitLab. They show people only to those who have a token. See
// https://docs.gitlab.com/api/user_follow_unfollow/.
type gitlab struct{ forge }

var _ Source = (*gitlab)(nil)

func newGitLab(c *client) *gitlab {
	return &gitlab{forge{client: c, name: "gitlab", network: "GitLab", home: "gitlab.com", tokenHeader: "Private-Token"}}
}

// gitlabUser is a UserBasic, as far as it is of use.
type gitlabUser struct {
	ID        flexible `json:"id"`
	Username  string   `json:"username"`
	Name      string   `json:"name"`
	State     string   `json:"state"`
	AvatarURL string   `json:"avatar_url"` // null: none
	WebURL    string   `json:"web_url"`
}

func (u *gitlabUser) fits() bool { return u.ID.fits() && forgeName.MatchString(u.Username) }

func (u *gitlabUser) person(origin, host string) Person {
	return Person{
		ID: string(u.ID), Name: nameOr(u.Name, u.Username), Handle: "@" + u.Username + "@" + host,
		Profile: webAddress(origin, u.WebURL), Photo: ownPicture(origin, u.AvatarURL),
	}
}

// Find implements [Source].
func (g *gitlab) Find(ctx context.Context, handle string) (Subject, error) {
	user, host, _ := strings.Cut(handle, "@")
	a, err := g.ask(ctx, "https://"+host, "/api/v4/users", url.Values{"username": {user}}, "")
	if err != nil {
		return Subject{}, err
	}
	users, err := list[gitlabUser](a.body, 1)
	if err != nil || a.status != http.StatusOK {
		return Subject{}, wrongNetwork(host, g.network, err)
	}
	if len(users) == 0 || !users[0].fits() {
		return Subject{}, noSuchPerson(user, host)
	}
	return Subject{Person: users[0].person(a.origin, host), Origin: a.origin}, nil
}

// List implements [Source].
func (g *gitlab) List(ctx context.Context, who Subject, ask Ask) (Page, error) {
	number, err := pageNumber(ask.Cursor)
	if err != nil {
		return Page{}, err
	}
	path := "/api/v4/users/" + url.PathEscape(who.ID) + "/" + string(ask.Direction)
	a, err := g.ask(ctx, who.Origin, path, url.Values{"per_page": {"100"}, "page": {number}}, ask.ETag)
	if err != nil {
		return Page{}, err
	}
	switch a.status {
	case http.StatusNotModified:
		return Page{Unchanged: true}, nil
	case http.StatusNotFound: // the profile is private
		who.Hides = true
		return Page{}, emptyList(who, ask.Direction)
	}
	users, err := list[gitlabUser](a.body, 100)
	if err != nil {
		return Page{}, broken(a.host, err)
	}
	p := Page{ETag: a.header.Get("ETag")}
	for _, u := range users {
		switch {
		case !u.fits():
		case u.State == "blocked" || u.State == "banned" || optsOut(u.Name):
			p.Withheld++
		default:
			p.add(u.person(who.Origin, a.host))
		}
	}
	if next := a.header.Get("X-Next-Page"); len(users) > 0 && isPageNumber(next) {
		p.Next = next
	}
	if ask.Cursor == "" && p.Next == "" && p.empty() {
		return Page{}, emptyList(who, ask.Direction)
	}
	return p, nil
}

package friends

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"smalti/pkg/message"
)

// forgeName is wider than what either kind of forge allows for new accounts.
var forgeName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253}[A-Za-z0-9_-])?$`)

// isPageNumber reports whether s is the number of a page, as this package writes them.
func isPageNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 100_000 && strconv.Itoa(n) == s
}

// pageNumber is the page that a cursor stands for; the first one has none.
func pageNumber(cursor string) (string, error) {
	switch {
	case cursor == "":
		return "1", nil
	case cursor == "1" || !isPageNumber(cursor):
		return "", badCursor(cursor)
	}
	return cursor, nil
}

// forge is what Forgejo and GitLab have in common: many servers, lists only for those who show a
// token, numbered pages.
type forge struct {
	client              *client
	name, network, home string
	tokenHeader, prefix string
}

// Name implements [Source].
func (f *forge) Name() string { return f.name }

// Canonical implements [Source]: user@host.
func (f *forge) Canonical(handle string) (string, error) {
	user, host, err := userAtHost(handle, f.network, f.home, forgeName)
	if err != nil {
		return "", err
	}
	return user + "@" + host, nil
}

func (f *forge) ask(ctx context.Context, origin, path string, query url.Values, etag string) (*answer, error) {
	a, err := f.client.get(ctx, call{
		origin: origin, path: path, query: query, etag: etag, tokenHeader: f.tokenHeader, tokenPrefix: f.prefix,
	})
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusNotModified || a.isJSON() && (a.status == http.StatusOK || a.status == http.StatusNotFound) {
		return a, nil
	}
	return nil, wrongNetwork(a.host, f.network, nil)
}

// forgejo asks a server of Forgejo or Gitea. They show lists only to those who have a token.
type forgejo struct{ forge }

var _ Source = (*forgejo)(nil)

func newForgejo(c *client) *forgejo {
	return &forgejo{forge{client: c, name: "forgejo", network: "Forgejo", home: "codeberg.org", tokenHeader: "Authorization", prefix: "token "}}
}

const forgejoPage = 50 // the most that a server gives unless its settings say otherwise

// forgejoUser is a User, as far as it is of use. That it can have somebody's mail address is one
// reason more to take nothing else.
type forgejoUser struct {
	ID          flexible `json:"id"`
	Login       string   `json:"login"`
	FullName    string   `json:"full_name"`
	AvatarURL   string   `json:"avatar_url"`
	HTMLURL     string   `json:"html_url"`
	Visibility  string   `json:"visibility"` // public; limited: to those who log in; private: to nobody
	Description string   `json:"description"`

	Following int `json:"following_count"`
	Followers int `json:"followers_count"`
}

func (u *forgejoUser) fits() bool { return u.ID.fits() && forgeName.MatchString(u.Login) }

// withheld reports whether somebody is not shown to everybody. Our token would show them to us.
func (u *forgejoUser) withheld() bool {
	return u.Visibility == "limited" || u.Visibility == "private" || optsOut(u.Description, u.FullName)
}

func (u *forgejoUser) person(origin, host string) Person {
	return Person{
		ID: string(u.ID), Name: nameOr(u.FullName, u.Login), Handle: "@" + u.Login + "@" + host,
		Profile: webAddress(origin, u.HTMLURL), Photo: ownPicture(origin, u.AvatarURL),
	}
}

// Find implements [Source].
func (f *forgejo) Find(ctx context.Context, handle string) (Subject, error) {
	user, host, _ := strings.Cut(handle, "@")
	a, err := f.ask(ctx, "https://"+host, "/api/v1/users/"+url.PathEscape(user), nil, "")
	if err != nil {
		return Subject{}, err
	}
	if a.status == http.StatusNotFound {
		return Subject{}, noSuchPerson(user, host)
	}
	var u forgejoUser
	if err := a.decode(&u); err != nil || !u.fits() {
		return Subject{}, wrongNetwork(host, f.network, err)
	}
	if u.withheld() {
		return Subject{}, fail(Withheld, nil, message.New("friends.login_to_see", "handle", "@"+u.Login+"@"+host, "host", host))
	}
	return Subject{
		Person: u.person(a.origin, host), Key: u.Login, Origin: a.origin, Following: max(0, u.Following), Followers: max(0, u.Followers),
	}, nil
}

// List implements [Source]. There is no Link header: an empty page ends the list.
func (f *forgejo) List(ctx context.Context, who Subject, ask Ask) (Page, error) {
	number, err := pageNumber(ask.Cursor)
	if err != nil {
		return Page{}, err
	}
	path := "/api/v1/users/" + url.PathEscape(who.Key) + "/" + string(ask.Direction)
	a, err := f.ask(ctx, who.Origin, path, url.Values{"limit": {strconv.Itoa(forgejoPage)}, "page": {number}}, ask.ETag)
	if err != nil {
		return Page{}, err
	}
	if a.status == http.StatusNotModified {
		return Page{Unchanged: true}, nil
	}
	users, err := list[forgejoUser](a.body, forgejoPage)
	if err != nil || a.status != http.StatusOK {
		return Page{}, broken(a.host, err)
	}
	p := Page{Total: who.Count(ask.Direction), ETag: a.header.Get("ETag")}
	if n, err := strconv.Atoi(a.header.Get("X-Total-Count")); err == nil && n > 0 {
		p.Total = n
	}
	for _, u := range users {
		switch {
		case !u.fits():
		case u.withheld():
			p.Withheld++
		default:
			p.add(u.person(who.Origin, a.host))
		}
	}
	if len(users) > 0 {
		n, _ := strconv.Atoi(number)
		p.Next = strconv.Itoa(n + 1)
	}
	if ask.Cursor == "" && p.Next == "" {
		return Page{}, emptyList(who, ask.Direction)
	}
	return p, nil
}

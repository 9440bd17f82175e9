package friends

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"smalti/pkg/message"
)

// mastodon asks any server with Mastodon's client API. Mastodon itself needs no login for these requests, GoToSocial
// does. See https://docs.joinmastodon.org/methods/accounts/.
type mastodon struct{ client *client }

var _ Source = (*mastodon)(nil)

// mastodonPage is the number of accounts to request per page; servers may send fewer.
const mastodonPage = 80

// fediverseName matches user names: ASCII letters, digits and underscores, and inside also the dots and hyphens of other
// software.
var fediverseName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?$`)

// Name implements [Source].
func (*mastodon) Name() string { return "mastodon" }

// Canonical implements [Source]: @user@host.
func (*mastodon) Canonical(handle string) (string, error) {
	user, host, err := userAtHost(handle, "Mastodon", "", fediverseName)
	if err != nil {
		return "", err
	}
	return "@" + user + "@" + host, nil
}

// Find implements [Source].
func (m *mastodon) Find(ctx context.Context, handle string) (Subject, error) {
	user, host, _ := strings.Cut(strings.TrimPrefix(handle, "@"), "@")
	who, err := m.lookup(ctx, "https://"+host, user, host)
	switch KindOf(err) {
	case NoSuchPerson, WrongNetwork, Unreachable, Broken:
	default:
		return who, err
	}
	// The host may be only the domain of handles, with the server elsewhere.
	if name, domain, origin, ok := m.webfinger(ctx, user, host); ok && origin != "https://"+host {
		return m.lookup(ctx, origin, name, domain)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return who, err
	}
	switch e.Kind {
	case NoSuchPerson:
		e.Suggestions = m.search(ctx, user, host)
	case Unreachable, WrongNetwork:
		for _, like := range likeHosts(host) {
			e.Suggestions = append(e.Suggestions, "@"+user+"@"+like)
		}
	}
	return who, e
}

// mastodonAccount is the part of an Account entity that is used here.
type mastodonAccount struct {
	ID             flexible `json:"id"`
	Username       string   `json:"username"`
	Acct           string   `json:"acct"` // user, or user@host for accounts of other servers
	DisplayName    string   `json:"display_name"`
	URL            string   `json:"url"`
	Avatar         string   `json:"avatar"`
	AvatarStatic   string   `json:"avatar_static"`
	HideLists      bool     `json:"hide_collections"`
	FollowingCount int      `json:"following_count"`
	FollowersCount int      `json:"followers_count"`
	Suspended      bool     `json:"suspended"`
	Limited        bool     `json:"limited"`      // by its server's moderators: visible to its followers only
	Discoverable   wish     `json:"discoverable"` // to be suggested and listed
	Indexable      wish     `json:"indexable"`    // to be found by those who search
	NoIndex        wish     `json:"noindex"`      // not to be in search engines
	Note           string   `json:"note"`         // HTML
	Fields         fields   `json:"fields"`
	Moved          *moved   `json:"moved"`
	Emojis         []struct {
		Shortcode string `json:"shortcode"`
	} `json:"emojis"`
}

// fields are the table of a profile; name and value are HTML. An invalid table counts as empty.
type fields []struct{ Name, Value string }

// UnmarshalJSON implements [json.Unmarshaler].
func (f *fields) UnmarshalJSON(data []byte) error {
	all, _ := list[struct{ Name, Value string }](data, 64)
	*f = all
	return nil
}

// moved is the account that somebody has moved to; empty if it is invalid.
type moved struct {
	Acct string
	URL  string
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *moved) UnmarshalJSON(data []byte) error {
	var v struct{ Acct, URL string }
	if json.Unmarshal(data, &v) == nil {
		*m = v
	}
	return nil
}

// movedTo returns the canonical handle that an account has moved to, or "".
func (m *mastodon) movedTo(a *mastodonAccount, domain string) string {
	if a.Moved == nil {
		return ""
	}
	for _, typed := range []string{a.Moved.Acct, a.Moved.URL} {
		if typed == a.Moved.Acct && !strings.Contains(typed, "@") && typed != "" {
			typed += "@" + domain // on the same server
		}
		handle, err := m.Canonical(typed)
		if err == nil && !strings.EqualFold(handle, "@"+a.Username+"@"+domain) {
			return handle
		}
	}
	return ""
}

func (a *mastodonAccount) person(origin, domain string) Person {
	name := a.DisplayName
	for _, e := range a.Emojis { // the server's own pictures, which a plain name cannot show
		name = strings.ReplaceAll(name, ":"+e.Shortcode+":", "")
	}
	handle := a.Acct
	if !strings.Contains(handle, "@") {
		handle += "@" + domain
	}
	picture := ownPicture(origin, a.AvatarStatic)
	if picture == "" {
		picture = ownPicture(origin, a.Avatar)
	}
	return Person{
		ID: string(a.ID), Name: nameOr(name, a.Username), Handle: "@" + printable(handle),
		Profile: webAddress(origin, a.URL), Photo: picture,
	}
}

// lookup asks a server for one of its own accounts; domain is the domain of their handles.
func (m *mastodon) lookup(ctx context.Context, origin, user, domain string) (Subject, error) {
	a, err := m.ask(ctx, origin, "/api/v1/accounts/lookup", url.Values{"acct": {user}}, "")
	if err != nil {
		return Subject{}, err
	}
	if a.status == http.StatusNotFound || a.status == http.StatusGone || a.status == http.StatusUnprocessableEntity {
		return Subject{}, noSuchPerson("@"+user, domain)
	}
	var account mastodonAccount
	if err := a.decode(&account); err != nil || !account.ID.fits() || account.Username == "" {
		return Subject{}, wrongNetwork(domain, "Mastodon", err)
	}
	if account.Suspended {
		return Subject{}, fail(NoSuchPerson, nil, message.New("friends.suspended", "handle", "@"+user, "host", domain))
	}
	switch handle := "@" + user + "@" + domain; {
	case account.Limited:
		return Subject{}, fail(Withheld, nil, message.New("friends.followers_only", "handle", handle))
	case account.refuses():
		return Subject{}, fail(Withheld, nil, message.New("friends.opted_out", "handle", handle))
	}
	if now := m.movedTo(&account, domain); now != "" {
		e := fail(Moved, nil, message.New("friends.moved", "handle", "@"+user+"@"+domain, "to", now))
		e.Suggestions = []string{now}
		return Subject{}, e
	}
	return Subject{
		Person: account.person(a.origin, domain), Origin: a.origin,
		Following: max(0, account.FollowingCount), Followers: max(0, account.FollowersCount), Hides: account.HideLists,
	}, nil
}

// List implements [Source].
func (m *mastodon) List(ctx context.Context, who Subject, ask Ask) (Page, error) {
	query := url.Values{"limit": {strconv.Itoa(mastodonPage)}}
	if ask.Cursor != "" {
		if !flexible(ask.Cursor).fits() {
			return Page{}, badCursor(ask.Cursor)
		}
		query.Set("max_id", ask.Cursor)
	}
	path := "/api/v1/accounts/" + url.PathEscape(who.ID) + "/" + string(ask.Direction)
	a, err := m.ask(ctx, who.Origin, path, query, ask.ETag)
	if err != nil {
		return Page{}, err
	}
	_, domain, _ := strings.Cut(strings.TrimPrefix(who.Handle, "@"), "@")
	switch a.status {
	case http.StatusNotModified:
		return Page{Unchanged: true}, nil
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return Page{}, noSuchPerson(who.Handle, domain)
	default:
		return Page{}, broken(domain, fmt.Errorf("HTTP status %d", a.status))
	}
	accounts, err := list[mastodonAccount](a.body, mastodonPage)
	if err != nil || !a.isJSON() {
		return Page{}, broken(domain, err)
	}
	p := Page{Total: who.Count(ask.Direction), ETag: a.header.Get("ETag")}
	for _, account := range accounts {
		switch {
		case !account.ID.fits():
		case account.withheld():
			p.Withheld++
		default:
			p.add(account.person(who.Origin, domain))
		}
	}
	// An empty page is the last one, whatever its Link header says.
	if next := nextOf(a.header).Get("max_id"); len(accounts) > 0 && flexible(next).fits() {
		p.Next = next
	}
	if ask.Cursor == "" && p.Next == "" && p.empty() {
		return Page{}, emptyList(who, ask.Direction)
	}
	return p, nil
}

// search returns handles of a server that are similar to the typed name; none if the server requires a login.
func (m *mastodon) search(ctx context.Context, user, host string) []string {
	a, err := m.ask(ctx, "https://"+host, "/api/v2/search", url.Values{"q": {user}, "type": {"accounts"}, "limit": {"5"}}, "")
	if err != nil || a.status != http.StatusOK {
		return nil
	}
	var found struct {
		Accounts []mastodonAccount `json:"accounts"`
	}
	if a.decode(&found) != nil {
		return nil
	}
	var names []string
	for _, account := range found.Accounts {
		if !strings.Contains(account.Acct, "@") && !account.withheld() && fediverseName.MatchString(account.Username) {
			names = append(names, account.Username)
		}
	}
	var handles []string
	for _, name := range closest(user, names) {
		handles = append(handles, "@"+name+"@"+host)
	}
	return handles
}

// ask sends a request, and handles the outcomes that are common to all requests.
func (m *mastodon) ask(ctx context.Context, origin, path string, query url.Values, etag string) (*answer, error) {
	a, err := m.client.get(ctx, call{
		origin: origin, path: path, query: query, etag: etag, tokenHeader: "Authorization", tokenPrefix: "Bearer ",
	})
	if err != nil {
		return nil, err
	}
	switch {
	case a.status == http.StatusOK || a.status == http.StatusNotModified:
	case a.status >= 300 && a.status < 400, !a.isJSON():
		return nil, wrongNetwork(a.host, "Mastodon", nil)
	}
	return a, nil
}

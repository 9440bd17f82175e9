package friends

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"smalti/pkg/message"
)

// bluesky asks a public AppView of the AT Protocol: everybody's lists can be read there without a
// login, but for people who ask not to be shown that way. See the lexicons app.bsky.graph.getFollows
// and app.bsky.graph.getFollowers.
type bluesky struct {
	client *client
	origin string
}

var _ Source = (*bluesky)(nil)

const blueskyPage = "100" // the most that the lexicons allow

var (
	// A handle is a host name (https://atproto.com/specs/handle).
	blueskyHandle = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	// The two methods that the network uses (https://atproto.com/specs/did).
	blueskyDID = regexp.MustCompile(`^did:(plc:[a-z2-7]{24}|web:[a-zA-Z0-9.-]{1,253})$`)
	// Cursors are the server's own, of any form; this is wide, and still fit for an address.
	blueskyCursor = regexp.MustCompile(`^[\x21-\x7e]{1,512}$`)
)

// Name implements [Source].
func (*bluesky) Name() string { return "bluesky" }

// Canonical implements [Source]: a handle without @, or a DID.
func (*bluesky) Canonical(handle string) (string, error) {
	s, err := tidy(handle)
	if err != nil {
		return "", err
	}
	s, _ = cutFold(s, "at://")
	if _, path, ok := profileLink(s); ok && len(path) > 0 && !strings.HasPrefix(s, "did:") {
		if path[0] == "profile" && len(path) > 1 {
			path = path[1:]
		}
		s = path[0]
	}
	if blueskyDID.MatchString(s) {
		return s, nil
	}
	s = strings.ToLower(strings.TrimPrefix(s, "@"))
	if name, rest, found := strings.Cut(s, "@"); found && rest == "bsky.social" {
		s = name + ".bsky.social"
	}
	if !strings.Contains(s, ".") {
		s += ".bsky.social" // where most people are
	}
	if len(s) > 253 || !blueskyHandle.MatchString(s) {
		return "", badHandle(handle, "Bluesky", "anna.bsky.social")
	}
	return s, nil
}

// blueskyProfile is a profileView, as far as it is of use.
type blueskyProfile struct {
	DID            string         `json:"did"`
	Handle         string         `json:"handle"`
	DisplayName    string         `json:"displayName"`
	Avatar         string         `json:"avatar"`
	FollowsCount   int            `json:"followsCount"`
	FollowersCount int            `json:"followersCount"`
	Labels         []blueskyLabel `json:"labels"`
	Description    string         `json:"description"`
}

type blueskyLabel struct {
	Val string `json:"val"`
	Neg bool   `json:"neg"`
}

// withholding are the labels with which nobody is shown to people who are not logged in: the
// person's own wish, the moderators' word, and what is for adults only.
var withholding = []string{"!no-unauthenticated", "!hide", "!takedown", "porn", "sexual", "nudity", "graphic-media", "gore"}

func (p *blueskyProfile) withheld() bool {
	return optsOut(p.Description, p.DisplayName) || slices.ContainsFunc(p.Labels, func(l blueskyLabel) bool { return !l.Neg && slices.Contains(withholding, l.Val) })
}

func (p *blueskyProfile) fits() bool { return len(p.DID) <= 200 && blueskyDID.MatchString(p.DID) }

func (p *blueskyProfile) person() Person {
	handle := printable(p.Handle)
	profile := "https://bsky.app/profile/" + url.PathEscape(p.DID)
	if handle == "" || handle == "handle.invalid" { // the network's own word for a handle that broke
		handle = p.DID
	} else if blueskyHandle.MatchString(handle) {
		profile = "https://bsky.app/profile/" + handle
	}
	picture := ownPicture("", p.Avatar)
	// Without a format at its end, the address gives WebP, or whatever comes after it.
	if i := strings.LastIndexByte(picture, '/'); strings.Contains(picture, "/img/avatar/") && !strings.Contains(picture[i+1:], "@") {
		picture += "@jpeg"
	}
	return Person{ID: p.DID, Name: nameOr(p.DisplayName, handle), Handle: "@" + handle, Profile: profile, Photo: picture}
}

// Find implements [Source].
func (b *bluesky) Find(ctx context.Context, handle string) (Subject, error) {
	a, err := b.ask(ctx, "app.bsky.actor.getProfile", url.Values{"actor": {handle}}, "")
	if err != nil {
		return Subject{}, err
	}
	if a.status == http.StatusBadRequest || a.status == http.StatusNotFound {
		e := noSuchPerson("@"+handle, "Bluesky")
		e.Suggestions = b.search(ctx, handle)
		return Subject{}, e
	}
	var p blueskyProfile
	if err := a.decode(&p); err != nil || !p.fits() {
		return Subject{}, broken("Bluesky", err)
	}
	if optsOut(p.Description, p.DisplayName) {
		return Subject{}, fail(Withheld, nil, message.New("friends.opted_out", "handle", "@"+handle))
	}
	if p.withheld() {
		return Subject{}, fail(Withheld, nil, message.New("friends.login_to_see", "handle", "@"+handle, "host", "Bluesky"))
	}
	return Subject{Person: p.person(), Origin: a.origin, Following: max(0, p.FollowsCount), Followers: max(0, p.FollowersCount)}, nil
}

// List implements [Source].
func (b *bluesky) List(ctx context.Context, who Subject, ask Ask) (Page, error) {
	method := "app.bsky.graph.getFollows"
	if ask.Direction == Followers {
		method = "app.bsky.graph.getFollowers"
	}
	query := url.Values{"actor": {who.ID}, "limit": {blueskyPage}}
	if ask.Cursor != "" {
		if !blueskyCursor.MatchString(ask.Cursor) {
			return Page{}, badCursor(ask.Cursor)
		}
		query.Set("cursor", ask.Cursor)
	}
	a, err := b.ask(ctx, method, query, ask.ETag)
	if err != nil {
		return Page{}, err
	}
	switch a.status {
	case http.StatusNotModified:
		return Page{Unchanged: true}, nil
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusNotFound:
		if ask.Cursor != "" {
			return Page{}, badCursor(ask.Cursor)
		}
		return Page{}, noSuchPerson(who.Handle, "Bluesky")
	}
	p, err := parseBlueskyList(a, ask.Direction)
	if err != nil {
		return Page{}, err
	}
	p.Total, p.ETag = who.Count(ask.Direction), a.header.Get("ETag")
	if ask.Cursor == "" && p.Next == "" && p.empty() {
		who.Following, who.Followers = 0, 0 // nothing can be hidden there; who is counted may be gone
		return Page{}, emptyList(who, ask.Direction)
	}
	return p, nil
}

// parseBlueskyList reads a page. It may be shorter than was asked for, even empty, without being
// the last: only a missing cursor ends the list.
func parseBlueskyList(a *answer, d Direction) (p Page, err error) {
	var body struct {
		Cursor             string
		Follows, Followers json.RawMessage
	}
	if err := a.decode(&body); err != nil {
		return Page{}, broken("Bluesky", err)
	}
	raw := body.Follows
	if d == Followers {
		raw = body.Followers
	}
	if raw == nil {
		return Page{}, broken("Bluesky", errors.New("no list"))
	}
	profiles, err := list[blueskyProfile](raw, 200)
	if err != nil {
		return Page{}, broken("Bluesky", err)
	}
	for _, profile := range profiles {
		switch {
		case !profile.fits():
		case profile.withheld():
			p.Withheld++
		default:
			p.add(profile.person())
		}
	}
	if blueskyCursor.MatchString(body.Cursor) {
		p.Next = body.Cursor
	}
	return p, nil
}

// search looks for people whose handles are like the one that was typed.
func (b *bluesky) search(ctx context.Context, handle string) (like []string) {
	name, _, _ := strings.Cut(handle, ".")
	a, err := b.ask(ctx, "app.bsky.actor.searchActorsTypeahead", url.Values{"q": {name}, "limit": {"10"}}, "")
	if err != nil || a.status != http.StatusOK {
		return nil
	}
	var found struct{ Actors []blueskyProfile }
	if a.decode(&found) != nil {
		return nil
	}
	var handles []string
	for _, p := range found.Actors {
		if blueskyHandle.MatchString(p.Handle) && !p.withheld() {
			handles = append(handles, p.Handle)
		}
	}
	for _, h := range closest(handle, handles) {
		like = append(like, "@"+h)
	}
	return like
}

func (b *bluesky) ask(ctx context.Context, method string, query url.Values, etag string) (*answer, error) {
	a, err := b.client.get(ctx, call{
		origin: b.origin, network: "Bluesky", path: "/xrpc/" + method, query: query, etag: etag, tokenHeader: "Authorization", tokenPrefix: "Bearer ",
	})
	if err != nil {
		return nil, err
	}
	switch {
	case a.status == http.StatusOK, a.status == http.StatusNotModified:
	case !a.isJSON() || a.status != http.StatusBadRequest && a.status != http.StatusNotFound:
		return nil, broken("Bluesky", nil)
	}
	return a, nil
}

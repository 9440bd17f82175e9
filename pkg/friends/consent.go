package friends

import (
	"encoding/json"
	"html"
	"regexp"
)

// optOutTag matches the hashtags by which people ask programs to leave them alone. They must be whole words:
// #nobotany is a hobby.
var optOutTag = regexp.MustCompile(`(?i)[#＃](nobots?|noindex)([^\pL\pM\pN_]|$)`)

var tag = regexp.MustCompile(`<[^>]*>`)

// optsOut reports whether one of a profile's texts, in HTML or plain, has such a hashtag. Servers turn hashtags
// into links, with markup between the # and the word.
func optsOut(texts ...string) bool {
	for _, t := range texts {
		if optOutTag.MatchString(html.UnescapeString(tag.ReplaceAllString(t, ""))) || optOutTag.MatchString(t) {
			return true
		}
	}
	return false
}

// wish is a setting of a profile: yes, no, or not known, for null, nonsense or a field that the server lacks.
type wish struct{ known, yes bool }

// UnmarshalJSON implements [json.Unmarshaler]. It never fails: nonsense excludes nobody.
func (w *wish) UnmarshalJSON(data []byte) error {
	var v *bool
	if json.Unmarshal(data, &v) == nil && v != nil {
		*w = wish{true, *v}
	}
	return nil
}

func (w wish) isYes() bool { return w.known && w.yes }
func (w wish) isNo() bool  { return w.known && !w.yes }

// ulid is the form of GoToSocial's ids.
var ulid = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// withheld reports whether an account is left out of lists, because its owner asks not to be found or its
// server hides it from people who do not follow it.
//
// Memorial accounts are shown like any other: a friend who died stays among friends, and the settings made in
// life count. Only a follower can make the mosaic, and can leave out anyone.
func (a *mastodonAccount) withheld() bool {
	return a.Suspended || a.Limited || a.refuses() || a.Indexable.isNo() || a.Discoverable.isNo() && !a.discoverableByDefault()
}

// refuses reports whether an account explicitly asks programs to stay away. Then it is not looked up either.
func (a *mastodonAccount) refuses() bool {
	if a.NoIndex.isYes() || optsOut(a.Note, a.DisplayName) {
		return true
	}
	for _, f := range a.Fields {
		if optsOut(f.Name, f.Value) || optsOut(f.Name+f.Value) {
			return true
		}
	}
	return false
}

// discoverableByDefault reports whether "discoverable": false may be nobody's choice. GoToSocial has no null
// there and lacks the other two settings, so that false is its default.
func (a *mastodonAccount) discoverableByDefault() bool {
	return ulid.MatchString(string(a.ID)) && !a.Indexable.known && !a.NoIndex.known
}

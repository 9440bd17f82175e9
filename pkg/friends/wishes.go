package friends

import (
	"encoding/json"
	"html"
	"regexp"
)

// askedOut are the words with which people say in their profile that programs should leave them
// alone. They have to stand by themselves: #nobotany is a hobby.
var askedOut = regexp.MustCompile(`(?i)[#＃](nobots?|noindex)([^\pL\pM\pN_]|$)`)

var tag = regexp.MustCompile(`<[^>]*>`)

// asksOut reports whether one of the texts of a profile, as HTML or plain, has such a word. Servers
// make links of hashtags, with tags between the # and the word.
func asksOut(texts ...string) bool {
	for _, t := range texts {
		if askedOut.MatchString(html.UnescapeString(tag.ReplaceAllString(t, ""))) || askedOut.MatchString(t) {
			return true
		}
	}
	return false
}

// wish is a setting of a profile: yes and no are what somebody chose; anything else is no wish, such
// as null or a field that the server does not have.
type wish struct{ known, yes bool }

// UnmarshalJSON implements [json.Unmarshaler]. It never fails: a wish that makes no sense costs
// nobody their place.
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

// withheld reports whether an account is not shown among somebody's friends: because its person asks
// not to be found, or because its server hides it from those who do not follow it.
//
// A memorial account is shown like any other. Whoever it was cannot be asked any more, so what was
// wished in life counts, and a friend who died stays among friends; the mosaic is made by somebody who
// follows the account, who can leave out anybody, and who alone knows its address.
func (a *mastodonAccount) withheld() bool {
	return a.Suspended || a.Limited || a.refuses() || a.Indexable.isNo() || a.Discoverable.isNo() && !a.neverAsked()
}

// refuses reports whether somebody asks programs to leave the profile alone, in so many words. Then
// they are not looked up either, as more than a setting of what to list is meant.
func (a *mastodonAccount) refuses() bool {
	if a.NoIndex.isYes() || asksOut(a.Note, a.DisplayName) {
		return true
	}
	for _, f := range a.Fields {
		if asksOut(f.Name, f.Value) || asksOut(f.Name+f.Value) {
			return true
		}
	}
	return false
}

// neverAsked reports whether discoverable is false of everybody who has not said otherwise. So it is
// with GoToSocial, which knows no null there, and neither of the other two settings.
func (a *mastodonAccount) neverAsked() bool {
	return ulid.MatchString(string(a.ID)) && !a.Indexable.known && !a.NoIndex.known
}

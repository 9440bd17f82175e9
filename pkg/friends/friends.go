// Package friends finds the people of a mosaic and the addresses of their photos. It does not fetch or decode
// photos.
//
// Each network is a [Source]; to add one, implement it and list it in [Networks]. [Lists] reads a source page
// by page, and remembers for an hour what it has seen. Photos that people send themselves come in by an
// [Upload], and links to photos by [ParseLinks].
package friends

import (
	"context"

	"smalti/pkg/job"
)

// Direction says which friends of a person are meant.
type Direction string

// The directions.
const (
	Following Direction = "following" // whom the person follows
	Followers Direction = "followers" // who follows the person
)

// Source finds the friends of a person on a network, as far as the network shows them without that person's
// login. Sources are safe for concurrent use. Errors for people are an [*Error].
type Source interface {
	// Name names the source in addresses and forms: lower-case letters only.
	Name() string

	// Canonical turns what somebody typed into the form that Find takes. It sends no request, and is
	// idempotent.
	Canonical(handle string) (string, error)

	// Find looks up a handle, in the form that Canonical returns.
	Find(ctx context.Context, handle string) (Subject, error)

	// List returns a page of the friends of somebody whom Find found, in the network's own order. An
	// empty list is an error of the kind [Hidden] or [Nobody]. Cursors of other origin are refused.
	List(ctx context.Context, who Subject, ask Ask) (Page, error)
}

// Person is somebody on a network. Its texts are safe to show, and its addresses are valid in a package.
type Person struct {
	ID      string `json:"id"` // unique within the network
	Name    string `json:"name"`
	Handle  string `json:"handle,omitempty"`  // as people write it
	Profile string `json:"profile,omitempty"` // an http(s) page, or empty
	Photo   string `json:"photo,omitempty"`   // empty only of a [Subject]: no picture of their own
}

// Friend is the person as a package has it.
func (p Person) Friend() job.Friend {
	return job.Friend{ID: p.ID, Name: p.Name, Profile: p.Profile, Photo: p.Photo}
}

// Subject is the person whose friends are asked for.
type Subject struct {
	Person
	Key       string // how the network identifies the person in its paths, where that is not the ID
	Origin    string // of the server that was asked: scheme://host
	Following int    // how many there are, as the network counts; 0: none, or not said
	Followers int
	Hides     bool // the network says that the lists are hidden
}

// Count is how many friends the network counts.
func (s Subject) Count(d Direction) int {
	if d == Followers {
		return s.Followers
	}
	return s.Following
}

// Ask says which part of a list is wanted.
type Ask struct {
	Direction Direction
	Cursor    string // empty: the first page; else [Page.Next] of the page before
	ETag      string // of this page as it was before; empty: never seen
}

// Page is a part of a list of friends.
type Page struct {
	People   []Person // with a photo each, no id twice; may be empty before the last page, too
	NoPhoto  []string // the names of those who have no picture of their own
	Withheld int      // how many prefer not to be shown, or are not shown to everybody by their network
	Total    int      // in the whole list, as far as the source knows; 0: it does not say
	Next     string   // the cursor of the page behind this one; empty: this was the last

	ETag      string // names this state of the page, where the network has that
	Unchanged bool   // Ask.ETag still holds; nothing else is set
}

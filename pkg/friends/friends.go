// Package friends says whose photos a mosaic is made of, and where those are. It finds people and
// the addresses of their photos; fetching and decoding them is not its business.
//
// Each network is a [Source], and [Lists] goes through one page by page, and remembers for an hour
// what it has seen. The photos that somebody brings along come in by an [Upload] instead, and links
// to photos by [ParseLinks], because there is nothing to look up.
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

// Source finds the friends of a person, as those networks tell them that can be asked without the
// person's login. An implementation may be used from several goroutines at once. Errors that a
// person should read are an [*Error].
type Source interface {
	// Name names the source in addresses and forms: lower-case letters only.
	Name() string

	// Canonical brings what somebody typed into the one form that Find takes, so that all ways to
	// write it are one. It asks nobody. It may be repeated on its own result.
	Canonical(handle string) (string, error)

	// Find asks whom a handle, as Canonical returns it, names.
	Find(ctx context.Context, handle string) (Subject, error)

	// List gives a page of the friends of somebody whom Find found, in the network's own order. A
	// list that has nobody is an error that says why, [Hidden] or [Nobody]. A cursor that the
	// source did not give out is refused.
	List(ctx context.Context, who Subject, ask Ask) (Page, error)
}

// Person is somebody on a network. All texts are fit to be shown, and all addresses to be in a
// package.
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
	Key       string // what the network knows the person by, where it is not the ID
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

// Package friends says whose photos a mosaic is made of, and where those are. It finds people and
// the addresses of their photos; fetching and decoding them is not its business.
//
// Each network is a [Source]. The photos that somebody brings along come in by an [Upload] instead,
// because there is nothing to look up.
package friends

import (
	"context"
	"fmt"

	"smalti/pkg/job"
)

// Source finds the friends of a person, as those networks tell them that can be asked without a
// login: Mastodon and Bluesky give pages with a cursor, GitHub gives numbered pages, and all of them
// can hide a list. An implementation may be used from several goroutines at once.
type Source interface {
	// Name names the source in addresses and forms: lower-case letters only.
	Name() string

	// List gives a page of the friends of whoever handle names, in the network's own order. An
	// empty cursor asks for the first page, and [Page.Next] for the one behind it. A cursor that the
	// source did not give out is refused. Errors that a person should read have a sentence.
	List(ctx context.Context, handle, cursor string) (Page, error)
}

// Page is a part of a list of friends.
type Page struct {
	Friends []job.Friend // may be empty before the last page, too
	Total   int          // in the whole list, as far as the source knows; 0: it does not say
	Next    string       // the cursor of the page behind this one; empty: this was the last
}

// Error is what a person should know about why friends or photos could not be had.
type Error struct {
	sentence string
	err      error
}

func (e *Error) Error() string {
	if e.err != nil {
		return fmt.Sprintf("%s (%v)", e.sentence, e.err)
	}
	return e.sentence
}

func (e *Error) Unwrap() error { return e.err }

// Sentence is for the person who asked.
func (e *Error) Sentence() string { return e.sentence }

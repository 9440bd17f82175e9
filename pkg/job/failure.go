package job

import (
	"errors"

	"smalti/pkg/message"
)

// Code names a kind of failure, for programs: dashboards count by it, tests compare it.
type Code string

// Why a mosaic was not made.
const (
	BadPackage  Code = "bad_package"  // the package itself is wrong
	BadTarget   Code = "bad_target"   // the target is gone or is no picture
	NoPhotos    Code = "no_photos"    // fewer than two photos could be read
	NoUploads   Code = "no_uploads"   // the store lost uploaded photos, or did not give them out
	TooManyTry  Code = "too_many_try" // every attempt ended in a crash or a fault
	TooLarge    Code = "too_large"    // no worker has the memory for it
	TooLong     Code = "too_long"     // the job's own deadline passed
	Undelivered Code = "undelivered"  // the store did not take it
	Unread      Code = "unread"       // no worker reads the package's version
	Lost        Code = "lost"         // it was made, and the store has lost it since
	Internal    Code = "internal"     // our fault
)

// Failure is the final answer to a package that became no mosaic.
type Failure struct {
	Code     Code   `json:"code"`
	Sentence string `json:"message"`          // for the person who asked
	Detail   string `json:"detail,omitempty"` // for ops
}

// SentenceOf finds the sentence for a person in an error's chain: that of the first error with a
// method Sentence() string. An error without one was not meant for people.
func SentenceOf(err error) (sentence string, ok bool) {
	if m, ok := message.Of(err); ok {
		return m.String(), true
	}
	var s interface{ Sentence() string }
	if errors.As(err, &s) {
		return s.Sentence(), true
	}
	return "", false
}

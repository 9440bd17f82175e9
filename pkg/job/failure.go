package job

import "smalti/pkg/message"

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

// Failure is the final answer to a package that became no mosaic: a code for programs, a message for the
// person who asked, and a detail for ops.
type Failure struct {
	Code Code `json:"code"`
	message.Told
	Detail string `json:"detail,omitempty"`
}

// Fail is a failure with a message.
func Fail(c Code, m message.Message, detail string) Failure {
	return Failure{Code: c, Told: m.Told(), Detail: detail}
}

// In words a failure in a language. One that was stored before messages had codes is worded by its own
// code where that says as much, and otherwise stays in English.
func (f *Failure) In(c *message.Catalogue) string {
	told := f.Told
	if told.Says.Code == "" {
		told.Says = ofCode[f.Code]
	}
	return c.Tell(told)
}

var ofCode = map[Code]message.Message{
	TooLarge:    message.New("failure.too_large"),
	TooLong:     message.New("failure.too_long"),
	Undelivered: message.New("failure.undelivered"),
	Unread:      message.New("failure.unread"),
	Lost:        message.New("failure.lost"),
}

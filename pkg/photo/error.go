package photo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/message"
)

// Kind says what was wrong with a photo, for programs.
type Kind string

// What can be wrong with a photo.
const (
	Empty         Kind = "empty"           // no bytes at all
	TooLarge      Kind = "too_large"       // more bytes than allowed
	TooManyPixels Kind = "too_many_pixels" // more pixels than allowed
	NoRoom        Kind = "no_room"         // it takes more memory than there is
	TooComplex    Kind = "too_complex"     // a JPEG of absurdly many scans
	Unsupported   Kind = "unsupported"     // something else than a format that is decoded
	Unusual       Kind = "unusual"         // one of them, of a kind that is not decoded
	TooCostly     Kind = "too_costly"      // its decoder took more time or memory than allowed
	Broken        Kind = "broken"          // damaged or cut off
	Incomplete    Kind = "incomplete"      // less than half of it is there
	Gone          Kind = "gone"            // its server says that it does not exist
	Refused       Kind = "refused"         // its address must not be dialled
	Unreachable   Kind = "unreachable"     // its server did not give it out
	Timeout       Kind = "timeout"         // its server was too slow
	BrokenOff     Kind = "broken_off"      // its server stopped in the middle
	Encoded       Kind = "encoded"         // its server encoded it in a way that is not undone
	Redirects     Kind = "sent_on"         // its server sends us on and on
	RedirectLoop  Kind = "in_a_circle"     // its server sends us on to where we were
	CookieWall    Kind = "behind_cookies"  // its server wants its cookies to come back first
	PutOff        Kind = "put_off"         // its server was asked for enough for now; see Wait
)

// Error is why there is no picture. Error is for the log, Message for the person whose photo it was.
type Error struct {
	Kind   Kind
	What   string        // of Unsupported: what it is instead, as in "tiff"; of Unusual, TooManyPixels, NoRoom and, if known, TooLarge: the format; of Encoded: the encoding
	Got    int64         // of TooLarge (0: not known), TooManyPixels, TooComplex; of NoRoom in bytes
	Limit  int64         // of the same and Redirects
	Status int           // of Gone and Unreachable: the HTTP status, if there was one
	Err    error         // the cause, if there was one
	Host   string        // of PutOff
	Wait   time.Duration // of PutOff: in how long the server may be asked again
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "photo is %s", strings.ReplaceAll(string(e.Kind), "_", " "))
	if e.What != "" {
		fmt.Fprintf(&b, " (%s)", e.What)
	}
	if e.Limit > 0 {
		fmt.Fprintf(&b, " (%d, limit %d)", e.Got, e.Limit)
	}
	if e.Status > 0 {
		fmt.Fprintf(&b, " (HTTP status %d)", e.Status)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Sentence is the message in English.
func (e *Error) Sentence() string { return e.Message().String() }

// Message is for the person whose photo it was.
func (e *Error) Message() message.Message {
	switch e.Kind {
	case Empty:
		return message.New("photo.empty")
	case TooLarge:
		switch {
		case e.Got == 0:
			return message.New("photo.over_limit", "limit", e.Limit)
		case e.What != "":
			return message.New("photo.format_too_large", "format", e.What, "size", e.Got, "limit", e.Limit)
		}
		return message.New("photo.too_large", "size", e.Got, "limit", e.Limit)
	case TooManyPixels:
		return message.New("photo.too_many_pixels", "format", e.What, "size", e.Got, "limit", e.Limit)
	case NoRoom:
		return message.New("photo.no_room", "format", e.What, "size", e.Got, "limit", e.Limit)
	case TooComplex:
		return message.New("photo.too_complex", "layers", e.Got, "limit", e.Limit)
	case Unsupported:
		return message.New("photo.unsupported." + e.What)
	case Unusual:
		return message.New("photo.unusual", "format", e.What)
	case TooCostly:
		return message.New("photo.too_costly", "format", e.What)
	case Incomplete:
		return message.New("photo.incomplete")
	case Gone:
		return message.New("photo.gone")
	case Refused:
		return message.New("photo.refused")
	case Unreachable:
		if e.Status > 0 {
			return message.New("photo.no_answer", "status", strconv.Itoa(e.Status))
		}
		return message.New("photo.unreachable")
	case BrokenOff:
		return message.New("photo.broken_off")
	case Encoded:
		return message.New("photo.encoded", "encoding", e.What)
	case Redirects:
		return message.New("photo.redirects", "limit", e.Limit)
	case RedirectLoop:
		return message.New("photo.redirect_loop")
	case CookieWall:
		return message.New("photo.cookie_wall")
	case PutOff:
		return message.New("photo.put_off", "host", e.Host, "wait", e.Wait)
	case Timeout:
		return message.New("photo.timeout")
	}
	return message.New("photo.broken")
}

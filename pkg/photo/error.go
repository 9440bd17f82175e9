package photo

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what was wrong with a photo, for programs.
type Kind string

// What can be wrong with a photo.
const (
	Empty         Kind = "empty"           // no bytes at all
	TooLarge      Kind = "too_large"       // more bytes than allowed
	TooManyPixels Kind = "too_many_pixels" // more pixels than allowed
	TooComplex    Kind = "too_complex"     // a JPEG of absurdly many scans
	Unsupported   Kind = "unsupported"     // something else than JPEG, PNG, GIF or WebP
	Unusual       Kind = "unusual"         // one of the four, of a kind that is not decoded
	Broken        Kind = "broken"          // damaged or cut off
	Gone          Kind = "gone"            // its server says that it does not exist
	Refused       Kind = "refused"         // its address must not be dialled
	Unreachable   Kind = "unreachable"     // its server did not give it out
	Timeout       Kind = "timeout"         // its server was too slow
	PutOff        Kind = "put_off"         // its server was asked for enough for now; see Wait
)

// ErrStore means that the store did not give out an uploaded photo, which is no fault of the photo: it may
// be had later, and nobody may be left out of a mosaic for it.
var ErrStore = errors.New("the store did not give out an uploaded photo")

// Error is why there is no picture. Error is for ops, Sentence for the person whose photo it was.
type Error struct {
	Kind   Kind
	What   string        // of Unsupported and Unusual: what it is instead, with its article
	Got    int64         // of TooLarge (0: not known), TooManyPixels, TooComplex
	Limit  int64         // of the same
	Status int           // of Gone and Unreachable: the HTTP status, if there was one
	Err    error         // the cause, if there was one
	Host   string        // of PutOff
	Wait   time.Duration // of PutOff: in how long the server may be asked again

	after time.Duration // of Unreachable: when the server wants to be asked again
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

// Sentence is for the person whose photo it was.
func (e *Error) Sentence() string {
	switch e.Kind {
	case Empty:
		return "The file is empty."
	case TooLarge:
		if e.Got > 0 {
			return fmt.Sprintf("The file has %s; %s is the most.", megabytes(e.Got), megabytes(e.Limit))
		}
		return fmt.Sprintf("The file is larger than %s, which is the most.", megabytes(e.Limit))
	case TooManyPixels:
		return fmt.Sprintf("The picture has %s megapixels; %s is the most.", millions(e.Got), millions(e.Limit))
	case TooComplex:
		return fmt.Sprintf("The picture is built of %d layers; %d is the most.", e.Got, e.Limit)
	case Unsupported:
		return fmt.Sprintf("This is %s; JPEG, PNG, GIF and WebP can be used.", e.What)
	case Unusual:
		return fmt.Sprintf("This is %s that cannot be read here. Saved anew as an ordinary JPEG, it can.", e.What)
	case Gone:
		return "The photo is no longer where it was."
	case Refused:
		return "The photo's address is not one that may be opened from here."
	case Unreachable:
		if e.Status > 0 {
			return fmt.Sprintf("The server that has the photo did not give it out (it answered %d).", e.Status)
		}
		return "The server that has the photo could not be reached."
	case PutOff:
		return fmt.Sprintf("This photo was put off: we ask %s for only so many photos in an hour. Made again in %s, the mosaic can have it.", e.Host, inWords(e.Wait))
	case Timeout:
		return "The server that has the photo took too long to answer."
	}
	return "The picture is damaged or cut off, and cannot be read."
}

// inWords rounds up to minutes.
func inWords(d time.Duration) string {
	if m := int((d + time.Minute - 1) / time.Minute); m > 1 {
		return fmt.Sprintf("%d minutes", m)
	}
	return "one minute"
}

func megabytes(n int64) string { return tenths(n, 1<<20) + " MB" }

func millions(n int64) string { return tenths(n, 1_000_000) }

// tenths writes n in units with one decimal where that tells more than none, always rounded up so
// that "40 megapixels; 40 is the most" cannot happen.
func tenths(n, unit int64) string {
	t := n/unit*10 + (n%unit*10+unit-1)/unit
	if t%10 == 0 || t >= 1000 {
		return fmt.Sprint((t + 9) / 10)
	}
	return fmt.Sprintf("%d.%d", t/10, t%10)
}

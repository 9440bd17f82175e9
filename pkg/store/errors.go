package store

import (
	"errors"
	"fmt"
	"io/fs"

	"smalti/pkg/ftpserver"
	"smalti/pkg/message"
)

// Kinds of errors, for errors.Is. The errors that are returned wrap these and say more.
var (
	ErrNotFound  error = &kindError{"not in the store", fs.ErrNotExist}
	ErrDelivered       = errors.New("delivered already")
	ErrName      error = &kindError{"name not allowed in the store", fs.ErrPermission}
	ErrLogin           = errors.New("the store refuses the user or the password")
	ErrFull      error = fullError{}

	// ErrUnavailable is anything wrong with the store or the way to it, rather than with the request.
	ErrUnavailable = errors.New("the store cannot be used")
	// ErrBusy is an ErrUnavailable: the store has no session left.
	ErrBusy error = &kindError{"the store has no session left", ErrUnavailable}
	// ErrDamaged means that a file of a finished mosaic is not as its manifest says.
	ErrDamaged = errors.New("damaged in the store")
	// ErrLost means that all photos that were uploaded for a mosaic are gone.
	ErrLost error = lostError{}
)

// kindError is an error that is a special case of another one.
type kindError struct {
	text string
	of   error
}

func (e *kindError) Error() string { return e.text }
func (e *kindError) Unwrap() error { return e.of }

type lostError struct{}

func (lostError) Error() string { return "the uploaded photos are not in the store any more" }

// Message is for the person whose photos they were.
func (lostError) Message() message.Message { return message.New("store.lost") }

type fullError struct{}

func (fullError) Error() string { return "no room left in the store" }
func (fullError) Unwrap() error { return ftpserver.ErrFull }

// Message is for the person whose photo or mosaic could not be kept.
func (fullError) Message() message.Message { return message.New("store.full") }

// TooLargeError is the [ftpserver.ErrTooLarge] of one file.
type TooLargeError struct {
	Name string
	Max  int64 // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is larger than %d bytes", e.Name, e.Max)
}

// Unwrap makes it a [ftpserver.ErrTooLarge].
func (e *TooLargeError) Unwrap() error { return ftpserver.ErrTooLarge }

// Message is for the person who gave the file.
func (e *TooLargeError) Message() message.Message {
	return message.New("store.too_large", "limit", e.Max)
}

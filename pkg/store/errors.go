package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/textproto"
	"strings"
	"syscall"

	"github.com/jlaffaye/ftp"

	"smalti/pkg/ftpserver"
)

// What callers tell apart, with errors.Is. The errors that are returned wrap these and say more.
var (
	ErrNotFound  error = &kindError{"not in the store", fs.ErrNotExist}
	ErrDelivered       = errors.New("delivered already")
	errName      error = &kindError{"name not allowed in the store", fs.ErrPermission}
	ErrLogin           = errors.New("the store refuses the user or the password")
	ErrFull      error = fullError{}

	// ErrUnavailable is whatever is wrong with the store, or the way to it, and not with what it was asked.
	ErrUnavailable = errors.New("the store cannot be used")
	// ErrBusy is an ErrUnavailable: the store is there, and has no session left.
	ErrBusy error = &kindError{"the store has no session left", ErrUnavailable}
	// ErrLost means that photos that were given are not there any more, none of the batch.
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

// Sentence is for the person whose photos they were.
func (lostError) Sentence() string {
	return "Your photos are no longer in our store, which is our fault. Please upload them again."
}

type fullError struct{}

func (fullError) Error() string { return "no room left in the store" }
func (fullError) Unwrap() error { return ftpserver.ErrFull }

// Sentence is for the person whose photo or mosaic could not be kept.
func (fullError) Sentence() string {
	return "There is no room left to keep this just now. Please try again later."
}

// TooLarge is the [ftpserver.ErrTooLarge] of one file.
type TooLarge struct {
	Name string
	Max  int64 // bytes
}

func (e *TooLarge) Error() string {
	return fmt.Sprintf("%s is larger than %d bytes", e.Name, e.Max)
}

// Unwrap makes it a [ftpserver.ErrTooLarge].
func (e *TooLarge) Unwrap() error { return ftpserver.ErrTooLarge }

// Sentence is for the person who gave the file.
func (e *TooLarge) Sentence() string {
	if e.Max < 1<<20 {
		return fmt.Sprintf("This file is too large; %d bytes is the most.", e.Max)
	}
	return fmt.Sprintf("This file is too large; %d MB is the most.", e.Max>>20)
}

// tornError says that a server took an upload for complete, and has another size of it than was sent.
type tornError struct{ stored, sent int64 }

func (e *tornError) Error() string {
	return fmt.Sprintf("the store has %d bytes of %d", e.stored, e.sent)
}

// unavailable reports whether err tells of the store, or of the way to it, and not of what was asked: a
// connection that failed, a login, a reply that makes no sense, or says that it may go better later (RFC
// 959, section 4.2.1).
func unavailable(err error) bool {
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrFull) || errors.Is(err, ErrLost) {
		return false
	}
	code := protocolCode(err)
	return code/100 != 5 || code == ftp.StatusNotLoggedIn
}

// saysFull reports whether a server's reply is about its room: 452 and 552 are (RFC 959, section 4.2.1),
// and so is a 451 that the file could not be written, which is all that vsftpd and Pure-FTPd tell of a
// full disk.
func saysFull(err error) bool {
	reply, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return false
	}
	switch reply.Code {
	case ftp.StatusExceededStorage, statusInsufficientStorage:
		return true
	case ftp.StatusActionAborted:
		text := strings.ToLower(reply.Msg)
		return strings.Contains(text, "no space") || strings.Contains(text, "writing to local file") || strings.Contains(text, "write to file")
	}
	return false
}

// diskError adds ErrFull to what a full disk or a used-up quota says.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

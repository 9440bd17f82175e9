package tree

import (
	"errors"
	"fmt"
)

// TornError is an upload that a server took for complete with another size than was sent.
type TornError struct{ Stored, Sent int64 }

func (e *TornError) Error() string {
	return fmt.Sprintf("the store has %d bytes of %d", e.Stored, e.Sent)
}

// ErrOtherBytes means that a server hashed a file to something else than was sent.
var ErrOtherBytes = errors.New("the store has other bytes than were sent")

// WriterError is an error of the writer of an upload, not of the store.
type WriterError struct{ Err error }

func (e WriterError) Error() string { return e.Err.Error() }
func (e WriterError) Unwrap() error { return e.Err }

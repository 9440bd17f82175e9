package queue

import (
	"context"
	"errors"
	"fmt"
)

// What may come of a call, besides success. All but ErrLeaseLost and ErrNameTaken have a sentence
// for the person.
var (
	// ErrUnavailable: Redis cannot be reached, or refuses (out of memory, disk full, replica, too
	// few replicas). The same call may succeed later.
	ErrUnavailable error = errors.New("redis is unavailable")

	// ErrFull: too many jobs are waiting.
	ErrFull error = errors.New("the queue is full")

	// ErrClientFull is an ErrFull: packages of the same client have as many bytes as one may have.
	ErrClientFull error = fmt.Errorf("too much of one client waits: %w", ErrFull)

	// ErrUnknown: Redis knows no job with this id.
	ErrUnknown error = errors.New("unknown job")

	// ErrDeleted is an ErrUnknown of which Redis remembers that it was deleted: nobody may put it
	// back.
	ErrDeleted error = fmt.Errorf("deleted: %w", ErrUnknown)

	// ErrOtherRequest: there is a job with this id, and something else was asked for.
	ErrOtherRequest = errors.New("something else was asked for under this id")

	// ErrLeaseLost: the attempt's token is stale, because the job was given to another worker, ended or
	// was deleted. Nothing was changed.
	ErrLeaseLost = errors.New("the job is no longer this worker's")

	// ErrNameTaken: another run of the program has the worker's name.
	ErrNameTaken = errors.New("name in use by a live worker")
)

// unavailable wraps an error of the client or of Redis itself; nil stays nil.
func unavailable(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}

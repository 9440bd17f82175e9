package queue

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrUnavailable means that Redis cannot be reached, or refuses: out of memory, disk full, a replica,
	// too few replicas. The same call may succeed later.
	ErrUnavailable = errors.New("redis is unavailable")

	// ErrFull means that too many jobs are waiting.
	ErrFull = errors.New("the queue is full")

	// ErrClientFull is an ErrFull: the unfinished packages of the client have as many bytes as allowed.
	ErrClientFull = fmt.Errorf("quota of the client: %w", ErrFull)

	// ErrUnknown means that Redis knows no job with this id.
	ErrUnknown = errors.New("unknown job")

	// ErrDeleted is an ErrUnknown that Redis remembers as deleted: it must not be put back.
	ErrDeleted = fmt.Errorf("deleted: %w", ErrUnknown)

	// ErrOtherRequest means that the job with this id was made of another request.
	ErrOtherRequest = errors.New("another request has this id")

	// ErrLeaseLost means that the attempt's token is stale, because the job was given to another worker,
	// has ended or was deleted. Nothing was changed.
	ErrLeaseLost = errors.New("lease lost")

	// ErrNameTaken means that another run of the program has the worker's name.
	ErrNameTaken = errors.New("name in use by a live worker")
)

// unavailable wraps an error of Redis or its client; nil stays nil.
func unavailable(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
}

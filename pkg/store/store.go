package store

import (
	"context"
	"errors"
	"io"

	"smalti/pkg/job"
)

// Store is what every store can do. Its methods may be called concurrently.
type Store interface {
	// Ping reports whether the store can be used.
	Ping(ctx context.Context) error
	// Identities are what tells this store from all others: a random name, or two of a pair.
	Identities(ctx context.Context) ([]string, error)

	// Deliver begins to deliver a mosaic. The token names the attempt: no two attempts at the same mosaic
	// may share one. ErrDelivered if the mosaic is already there, whole.
	Deliver(ctx context.Context, id, token string) (Delivery, error)
	// Manifest describes a finished mosaic whose files are all there with their sizes; hashes are not
	// compared. ErrNotFound if there is no such mosaic, or no whole one.
	Manifest(ctx context.Context, id string) (*Manifest, error)
	// Open reads one file of a finished mosaic, or its manifest. ErrNotFound if there is none. The reader
	// fails rather than ends early; it must be closed.
	Open(ctx context.Context, id, name string) (io.ReadCloser, error)
	// Look lists the files of a first look, which an attempt at delivering the mosaic shows while it goes on; see
	// [Delivery]. ErrNotFound if that attempt shows nothing: not yet, or not any more because it has ended. If it was
	// committed, the same files are those of the mosaic.
	Look(ctx context.Context, id, token string) (*Manifest, error)
	// OpenLook reads one file of a first look, as Open does.
	OpenLook(ctx context.Context, id, token, name string) (io.ReadCloser, error)
	// List names the mosaics, in no order and whole or not, in one request.
	List(ctx context.Context) ([]string, error)
	// Delete removes a mosaic. For readers it is gone at once. One that does not exist is fine.
	Delete(ctx context.Context, id string) error

	// PutUpload keeps a photo for the mosaic id. It appears whole or not at all, and replaces an earlier
	// one of that name. The error is a [TooLargeError] if r has more than limit bytes.
	PutUpload(ctx context.Context, id, name string, r io.Reader, limit int64) error
	// OpenUpload reads such a photo. ErrNotFound if only this one is missing, ErrLost if the mosaic has no
	// photos at all. The reader fails rather than ends early; it must be closed.
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
	// DeleteUploads removes all photos for a mosaic. None is fine.
	DeleteUploads(ctx context.Context, id string) error
}

// Closable is a store that holds connections.
type Closable interface {
	Store
	io.Closer
}

// Delivery is one attempt at delivering one mosaic: any number of Puts, then Commit or Abort. Puts may run
// concurrently. In between, Show may let readers see what there is so far. There is nothing to close.
type Delivery interface {
	// Put streams what write writes into one file of the store, and checks its size there; its hash too, if
	// the store can tell. write runs on the calling goroutine. When the connection to a server breaks, write
	// is called again and the upload resumes where the store has the file: so write must write the same
	// bytes each time, and Put fails if it does not. An error of write ends Put. A file may be put again, and
	// must be after an error.
	Put(ctx context.Context, name string, write func(io.Writer) error) error
	// Show lets readers see what was put so far, by [Store.Look]: it lists these files in look.json. They must not be put
	// again.
	Show(ctx context.Context) error
	// Commit makes the mosaic visible in one step: it writes the manifest, checks every size once more, and
	// renames the directory. It also succeeds if another attempt was first; the mosaic is then that one's,
	// and the files of this one are removed.
	Commit(ctx context.Context, result job.Result) error
	// CommitAs is Commit of a copy, with the time and the result of the manifest in another store.
	CommitAs(ctx context.Context, m *Manifest) error
	// Abort removes what was delivered so far, if it can within a moment, even when ctx is over. What stays
	// is never shown, and removed when it is old. After a successful Commit it does nothing, so it may be
	// deferred.
	Abort(ctx context.Context)
}

// JobUpload is the upload that holds the id of the mosaic that the others in its directory are for. Whoever
// cleans a store reads it.
const JobUpload = "job"

// UploadOpener reads uploads, as a [Store] does.
type UploadOpener interface {
	OpenUpload(ctx context.Context, id, name string) (io.ReadCloser, error)
}

// JobOf is the mosaic that the photos of a batch are for; "" while there is none, and where there are no photos.
func JobOf(ctx context.Context, s UploadOpener, batch string) (string, error) {
	r, err := s.OpenUpload(ctx, batch, JobUpload)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrLost) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer r.Close()
	id, err := io.ReadAll(io.LimitReader(r, 64))
	return string(id), err
}

// Pace is called with a number of bytes before they are read, and may wait. Its error ends the reading.
type Pace func(ctx context.Context, bytes int) error

// Depth is how closely a mosaic is checked.
type Depth int

// The depths: Sizes asks for the files' sizes, Hashes reads every byte.
const (
	Sizes Depth = iota
	Hashes
)

// Package intake accepts requests for mosaics: all between a POST and the promise that the mosaic will be made.
package intake

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/message"
	"smalti/pkg/photo"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/web/internal/choices"
	"smalti/web/internal/client"
	"smalti/web/internal/limits"
)

// Intake accepts requests for mosaics. It is safe for concurrent use.
type Intake struct {
	Queue Queue
	Store interface {
		friends.UploadStore
		store.UploadOpener
	}
	Journal  *journal.Journal
	Networks interface {
		Gather(ctx context.Context, source, handle, direction, list string, leaveOut []string) (*friends.Gathered, error)
	}
	Mosaics interface {
		WithoutQueue(ctx context.Context, id string) (job.Status, error)
	}
	Uploads interface {
		Remove(ctx context.Context, batch string) bool
	}
	Pages interface {
		Refuse(w http.ResponseWriter, r *http.Request, err error)
		RefuseForm(w http.ResponseWriter, r *http.Request, values choices.Values, err error)
		Link(r *http.Request, path string) string
		Text(r *http.Request) *message.Catalogue
	}
	Clients      client.Hasher
	Limits       *limits.Limits // nil: none
	Photos       photo.Limits   // of each
	JournalQuota limits.JournalQuota
	Log          *slog.Logger
	Keep         time.Duration // how long a finished mosaic is kept

	running sync.WaitGroup // requests that are being read
}

// Queue is what is needed of the queue.
type Queue interface {
	Put(ctx context.Context, p *job.Package) (created bool, err error)
	CheckQuota(ctx context.Context, client string, bytes int) error
	RequestHash(ctx context.Context, id string) (string, error)
	HasPackage(ctx context.Context, p *job.Package) (bool, error)
	WriteVersion(ctx context.Context) int
	Beats(ctx context.Context) ([]queue.Beat, error)
}

// Wait returns when no request is being read any more: then the photos of those that ended early are
// removed, and their room is given back.
func (s *Intake) Wait() { s.running.Wait() }

// origin notes in a package who asked for it and for how long, and the trace that the request is part of,
// as far as all workers can read that.
func (s *Intake) origin(p *job.Package, r *http.Request) {
	p.Client = s.Clients.Hash(r)
	p.Keep = int64(s.Keep.Seconds())
	if trace := r.Header.Get("Traceparent"); job.ValidTraceparent(trace) {
		p.Traceparent = trace
	}
	p.SetVersion(s.Queue.WriteVersion(r.Context()))
}

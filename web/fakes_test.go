package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/metrics"
	"smalti/web/internal/files"
	"smalti/web/internal/mosaics"
	"smalti/web/internal/pages"
	"smalti/web/internal/status"
)

// jobs is what these tests need of a queue.
type jobs interface {
	Status(ctx context.Context, id string) (job.Status, error)
	Restore(ctx context.Context, s job.Status) error
	Ping(ctx context.Context) error
}

// oneJob is a queue that knows one status.
type oneJob struct {
	jobs
	status job.Status
}

func (o oneJob) Status(context.Context, string) (job.Status, error) { return o.status, nil }

// failingJobs is a queue that has one answer.
type failingJobs struct {
	jobs
	err error
}

func (f *failingJobs) Status(context.Context, string) (job.Status, error) { return job.Status{}, f.err }

// newTestServer is a front end without limits and uploads.
func newTestServer(t testing.TB, q jobs, st storage, j *journal.Journal, keep time.Duration) *server {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := &server{
		queue: q, store: st, pages: newTestPages(t), log: log,
	}
	workers, firstViews := &status.Workers{Count: waitingJobs{}.Workers}, status.NewFirstViews(metrics.NewShown(metrics.NewRegistry()), log)
	s.mosaics = &status.Finder{Queue: q, Store: st, Journal: j, Outages: &status.Outages{}, Log: log, Keep: keep}
	s.files = &files.Handler{Status: s.mosaics, Store: st, Log: log, Refuse: s.pages.Refuse}
	s.mosaicPage = &pages.MosaicPage{Pages: s.pages, Mosaics: s.mosaics, Store: st, Workers: workers, FirstViews: firstViews}
	s.mosaicAPI = &mosaics.Handler{Mosaics: s.mosaics, FirstViews: firstViews, Workers: workers, Connections: &s.connections, Pages: s.pages, Finals: mosaics.NewFinals()}
	return s
}

func newTestPages(t testing.TB) *pages.Pages {
	t.Helper()
	p, err := pages.New(pageFiles, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/journal"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/store"
	"smalti/pkg/testenv"
	"smalti/web/internal/client"
)

const asMaker = client.OwnerCookie + "=AAAAAAAAAAAAAAAAAAAAAA"

// gone expects a server to say that a mosaic was deleted: to polls, on the page, and for its files.
func wantGone(t *testing.T, base, id, when string) {
	t.Helper()
	for _, path := range []string{"/api/v1/mosaics/" + id, "/m/" + id, "/files/" + id + "/poster.jpg", "/m/" + id + "/print.pdf"} {
		if code, body, _ := get(t, base+path); code != http.StatusGone {
			t.Errorf("%s: %s%s: %d, want 410\n%.200s", when, base, path, code, body)
		}
	}
}

// The single process forgets its queue with each restart. What was deleted stays deleted.
func TestADeletionOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	data, key := t.TempDir(), "a key of sixteen characters"
	ctx, stop := context.WithCancel(t.Context())
	sys := startIn(t, ctx, data)
	id := accept(t, sys.url(), small, "Cookie", asMaker, "Idempotency-Key", key)
	expectDone(t, sys.url(), id, soon)
	if code, v, _ := do(t, "DELETE", sys.url()+"/api/v1/mosaics/"+id, "", nil, "Cookie", asMaker); code != http.StatusNoContent {
		t.Fatalf("DELETE: %d %v", code, v)
	}
	stop()
	if err := sys.wait(); err != nil {
		t.Fatal(err)
	}
	base := startSystem(t, "-data", data)
	wantGone(t, base, id, "after a restart")
	if code, v, _ := ask(t, base, small, "Cookie", asMaker, "Idempotency-Key", key); code != http.StatusGone || v["code"] != "deleted" {
		t.Errorf("the same request again: %d %v", code, v)
	}
	wantGone(t, base, id, "after the same request")
}

func startIn(t *testing.T, ctx context.Context, data string) *system {
	t.Helper()
	c, err := readSettings([]string{"-listen", "127.0.0.1:0", "-data", data}, noEnvironment, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	sys, err := start(ctx, c, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

// snapshot keeps what Redis holds, and puts it back as an append-only file that was cut off, or a replica
// that lagged behind, does.
func snapshot(t *testing.T, c *redis.Client) (back func()) {
	t.Helper()
	ctx := t.Context()
	held := map[string]string{}
	for _, key := range c.Keys(ctx, "*").Val() {
		held[key] = c.Dump(ctx, key).Val()
	}
	return func() {
		_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.FlushAll(ctx)
			for key, value := range held {
				p.Restore(ctx, key, 0, value)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Redis comes back with what it held before two mosaics were deleted: one that was finished, and one that
// waited in the journal of the other web server.
func TestADeletionOutlivesRedis(t *testing.T) {
	testenv.SkipSlow(t)
	t.Parallel()
	server := redistest.Start(t)
	client := redisClient(t, server)
	shared := []string{"-redis", server.URL(), "-redis-password-file", writeSecret(t, server.Password), "-store-password-file", writeSecret(t, storePassword)}
	disk := t.TempDir()
	remote := append([]string{"-store", "ftp://smalti@" + startStore(t, disk).Addr().String() + "/"}, shared...)
	dataA, dataB := t.TempDir(), t.TempDir()
	a, b := startSystem(t, append([]string{"-data", dataA}, remote...)...), startSystem(t, append([]string{"-data", dataB}, remote...)...)

	worker := startWorker(t, remote...)
	finished := accept(t, a, small, "Cookie", asMaker)
	expectDone(t, a, finished, soon)
	if code, _, _ := get(t, b+"/files/"+finished+"/poster.jpg"); code != http.StatusOK { // b keeps a copy
		t.Fatalf("poster: %d", code)
	}
	worker.kill()
	key := "a key of sixteen characters"
	waiting := accept(t, b, small, "Cookie", asMaker, "Idempotency-Key", key)

	back := snapshot(t, client)
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(filepath.Join(disk, "mosaics", finished))); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{finished, waiting} {
		if code, v, _ := do(t, "DELETE", a+"/api/v1/mosaics/"+id, "", nil, "Cookie", asMaker); code != http.StatusNoContent {
			t.Fatalf("DELETE: %d %v", code, v)
		}
		wantGone(t, a, id, "deleted")
		wantGone(t, b, id, "deleted")
	}
	testenv.WaitFor(t, "both web servers to have the deletions on their own disks", func() bool {
		for _, data := range []string{dataA, dataB} {
			for _, id := range []string{finished, waiting} {
				if _, err := os.Stat(filepath.Join(data, "journal", "deleted", id+".json")); err != nil {
					return false
				}
			}
		}
		return true
	})
	back()
	if err := os.CopyFS(filepath.Join(disk, "mosaics", finished), os.DirFS(kept)); err != nil {
		t.Fatal(err)
	}
	startWorker(t, remote...)
	for _, base := range []string{a, b} {
		for _, id := range []string{finished, waiting} {
			wantGone(t, base, id, "Redis is back with older data")
		}
		if code, v, _ := ask(t, base, small, "Cookie", asMaker, "Idempotency-Key", key); code != http.StatusGone {
			t.Errorf("the same request again: %d %v", code, v)
		}
	}
	testenv.WaitFor(t, "Redis to be told again", func() bool {
		for _, id := range []string{finished, waiting} {
			if client.HGet(t.Context(), "{smalti}:job:"+id, "state").Val() != "deleted" {
				return false
			}
		}
		return true
	})
	for _, base := range []string{a, b} {
		wantGone(t, base, waiting, "Redis was told again")
	}
}

// awayQueue is a queue that cannot be reached.
type awayQueue struct{}

func (awayQueue) Delete(context.Context, string, time.Time) error { return queue.ErrUnavailable }
func (awayQueue) Deletions(context.Context) (map[string]time.Time, error) {
	return nil, queue.ErrUnavailable
}

// heldDeletions is a queue's set of deletions.
type heldDeletions map[string]time.Time

func (h heldDeletions) Delete(_ context.Context, id string, at time.Time) error {
	h[id] = at
	return nil
}
func (h heldDeletions) Deletions(context.Context) (map[string]time.Time, error) { return h, nil }

func newDeletions(t *testing.T, dir string) (*deletions, *store.Dir) {
	t.Helper()
	j, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	d, err := store.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &deletions{
		queue: heldDeletions{}, store: d, journal: j, deleteUploads: func(context.Context, string) {},
		log: slog.New(slog.DiscardHandler), keep: time.Hour,
	}, d
}

// put delivers a mosaic of one file.
func put(t *testing.T, s store.Store, id string) {
	t.Helper()
	d, err := s.Deliver(t.Context(), id, "attempt")
	if err != nil {
		t.Fatal(err)
	}
	err = d.Put(t.Context(), "poster.jpg", func(w io.Writer) error { _, err := io.WriteString(w, "poster of "+id); return err })
	if err = errors.Join(err, d.Commit(t.Context(), job.Result{Files: []string{"poster.jpg"}})); err != nil {
		t.Fatal(err)
	}
}

// A deletion while Redis is away is kept, and Redis told when it is back. What a worker delivers in the
// moment of the deletion, or a backup brings back, is deleted again.
func TestADeletionIsCarriedOutLater(t *testing.T) {
	dir := t.TempDir()
	d, disk := newDeletions(t, dir)
	d.queue = awayQueue{}
	id := job.NewID()
	if err := d.begin(t.Context(), id); err != errNoted {
		t.Fatalf("while the queue is away: %v", err)
	}
	put(t, disk, id)
	d.journal.Close()

	again, _ := newDeletions(t, dir)
	again.store = disk
	if !again.journal.Buried(id) {
		t.Fatal("forgotten with the process")
	}
	if err := again.reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, told := again.queue.(heldDeletions)[id]; !told {
		t.Error("the queue was not told")
	}
	if _, err := disk.Manifest(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is still in the store: %v", err)
	}
}

// The other web server, whose journal holds the package, learns of it.
func TestADeletionIsLearned(t *testing.T) {
	d, disk := newDeletions(t, t.TempDir())
	p := demoPackage()
	if err := d.journal.Add(p); err != nil {
		t.Fatal(err)
	}
	put(t, disk, p.ID)
	at := time.Now().Add(-time.Minute)
	d.queue = heldDeletions{p.ID: at}
	if err := d.reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ids, err := d.journal.Open(); err != nil || len(ids) != 0 || !d.journal.Buried(p.ID) || !d.journal.Deletions()[p.ID].Equal(at) {
		t.Errorf("open %q, %v; deleted %v", ids, err, d.journal.Deletions())
	}
	if _, err := disk.Manifest(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is still in the store: %v", err)
	}
}

// Deletions are forgotten when nothing can bring the mosaic back: by all, and not learned again from each
// other.
func TestADeletionIsForgottenInTheEnd(t *testing.T) {
	d, _ := newDeletions(t, t.TempDir())
	old, young, theirs := job.NewID(), job.NewID(), job.NewID()
	long := time.Now().Add(-d.keep - queue.DeletedFor - time.Minute)
	held := heldDeletions{theirs: long}
	d.queue = held
	if err := errors.Join(d.journal.Bury(old, long), d.journal.Bury(young, long.Add(2*time.Minute)), d.reconcile(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, told := held[old]; d.journal.Buried(old) || !d.journal.Buried(young) || d.journal.Buried(theirs) || told || len(held) != 2 {
		t.Errorf("here %v, there %v", d.journal.Deletions(), held)
	}
}

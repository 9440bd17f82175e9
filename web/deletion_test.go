package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
	"smalti/web/internal/client"
)

const asOwner = client.OwnerCookie + "=AAAAAAAAAAAAAAAAAAAAAA"

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
	id := accept(t, sys.url(), small, "Cookie", asOwner, "Idempotency-Key", key)
	expectDone(t, sys.url(), id, soon)
	if code, v, _ := do(t, "DELETE", sys.url()+"/api/v1/mosaics/"+id, "", nil, "Cookie", asOwner); code != http.StatusNoContent {
		t.Fatalf("DELETE: %d %v", code, v)
	}
	stop()
	if err := sys.wait(); err != nil {
		t.Fatal(err)
	}
	base := startSystem(t, "-data", data)
	wantGone(t, base, id, "after a restart")
	if code, v, _ := ask(t, base, small, "Cookie", asOwner, "Idempotency-Key", key); code != http.StatusGone || v["code"] != "deleted" {
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
	finished := accept(t, a, small, "Cookie", asOwner)
	expectDone(t, a, finished, soon)
	if code, _, _ := get(t, b+"/files/"+finished+"/poster.jpg"); code != http.StatusOK { // b keeps a copy
		t.Fatalf("poster: %d", code)
	}
	worker.kill()
	key := "a key of sixteen characters"
	waiting := accept(t, b, small, "Cookie", asOwner, "Idempotency-Key", key)

	back := snapshot(t, client)
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(filepath.Join(disk, "mosaics", finished))); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{finished, waiting} {
		if code, v, _ := do(t, "DELETE", a+"/api/v1/mosaics/"+id, "", nil, "Cookie", asOwner); code != http.StatusNoContent {
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
	// The web servers remove the mosaic again as soon as they know what Redis lost, so its files are back
	// before that, and all at once.
	restored := filepath.Join(disk, "mosaics", finished)
	testenv.WaitFor(t, "the store to have removed the mosaic", func() bool {
		_, err := os.Stat(restored)
		return errors.Is(err, fs.ErrNotExist)
	})
	if err := os.Rename(kept, restored); err != nil {
		t.Fatal(err)
	}
	back()
	startWorker(t, remote...)
	for _, base := range []string{a, b} {
		for _, id := range []string{finished, waiting} {
			wantGone(t, base, id, "Redis is back with older data")
		}
		if code, v, _ := ask(t, base, small, "Cookie", asOwner, "Idempotency-Key", key); code != http.StatusGone {
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

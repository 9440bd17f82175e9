package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/ftptest"
	"smalti/pkg/job"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/testenv"
)

// The journal outlives the embedded Redis: what was accepted gets done, whatever became of the
// process that accepted it.
func TestKilledFrontEndFinishesEverythingItAccepted(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	// No worker: all ten are certain to wait when the process dies.
	web, base := startWeb(t, "-data", data, "-workers", "0")
	var ids []string
	for range 10 {
		ids = append(ids, accept(t, base, small))
	}
	web.kill()

	_, base = startWeb(t, "-data", data)
	for _, id := range ids {
		expectDone(t, base, id, soon)
	}
}

func writeSecret(t testing.TB, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startWorker starts a worker process.
func startWorker(t *testing.T, args ...string) *program {
	t.Helper()
	path := build(t, "worker", "")
	return startProgram(t, path, nil, args...)
}

// Two clones and one front end on a real Redis with a password and a real FTP server: every mosaic
// is made, and made once.
func TestClonesShareTheWork(t *testing.T) {
	t.Parallel()
	redisServer := redistest.Start(t)
	ftp := ftptest.Vsftpd(t)
	redisArgs := []string{"-redis", redisServer.URL(), "-redis-password-file", writeSecret(t, redisServer.Password)}
	storeArgs := []string{"-store", ftp.URL}
	if ftp.Password != "" {
		storeArgs = append(storeArgs, "-store-password-file", writeSecret(t, ftp.Password))
	}
	both := slices.Concat(redisArgs, storeArgs)
	_, base := startWeb(t, append([]string{"-data", t.TempDir()}, both...)...)
	clones := []*program{startWorker(t, both...), startWorker(t, both...)}

	const n = 50
	ids := make([]string, n)
	var posting sync.WaitGroup
	for i := range ids {
		posting.Go(func() { ids[i] = accept(t, base, small) })
	}
	posting.Wait()
	for _, id := range ids {
		v := expectDone(t, base, id, 3*time.Minute)
		if v["attempt"] != nil && v["attempt"] != 1.0 {
			t.Errorf("%s took %v attempts", id, v["attempt"])
		}
		if code, data, _ := get(t, base+"/files/"+id+"/preview.jpg"); code != http.StatusOK || len(data) == 0 {
			t.Errorf("%s: preview %d with %d bytes", id, code, len(data))
		}
	}
	made := 0
	for i, c := range clones {
		share := 0
		for _, id := range ids {
			share += strings.Count(c.out.String(), fmt.Sprintf("msg=\"job done\" worker=%s job=%s", workerName(c), id))
		}
		if share == 0 {
			t.Errorf("clone %d made nothing", i)
		}
		made += share
	}
	if made != n {
		t.Errorf("%d mosaics were made for %d requests", made, n)
	}
}

// workerName is how a worker calls itself in its log.
func workerName(p *program) string {
	_, rest, _ := strings.Cut(p.out.String(), "worker=")
	return strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == '\n' })[0]
}

// What Redis forgets, the journal and the store still know.
func TestFlushedRedisIsFilledAgain(t *testing.T) {
	t.Parallel()
	redisServer := redistest.Start(t)
	client := redisClient(t, redisServer)
	redisArgs := []string{"-redis", redisServer.URL(), "-redis-password-file", writeSecret(t, redisServer.Password)}
	storePassword := writeSecret(t, "a password of tests")
	web, base := startWeb(t, append([]string{"-data", t.TempDir(), "-store-listen", "127.0.0.1:0", "-store-password-file", storePassword}, redisArgs...)...)
	var ids []string
	for range 5 {
		ids = append(ids, accept(t, base, small))
	}
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if _, v, _ := do(t, "GET", base+"/api/v1/mosaics/"+ids[0], "", nil); v["state"] != "queued" {
		t.Errorf("a waiting mosaic, right after: %v", v)
	}
	_, storeURL, _ := strings.Cut(web.out.String(), "Workers deliver to the store at ")
	storeURL, _, _ = strings.Cut(strings.Replace(storeURL, "<this host>", "127.0.0.1", 1), "\n")
	startWorker(t, append([]string{"-store", storeURL, "-store-password-file", storePassword}, redisArgs...)...)
	for _, id := range ids {
		expectDone(t, base, id, soon)
	}

	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	expectDone(t, base, ids[0], soon)
	expectKey(t, client, ids[0], `"state":"done"`)
}

func redisClient(t testing.TB, s *redistest.Server) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Addr, Password: s.Password})
	t.Cleanup(func() { client.Close() })
	return client
}

// Anybody who can reach Redis can ask for a mosaic, with redis-cli alone.
func TestPackagePushedByHandIsBuilt(t *testing.T) {
	t.Parallel()
	redisServer := redistest.Start(t)
	_, base := startWeb(t, "-data", t.TempDir(), "-redis", redisServer.URL(), "-workers", "1",
		"-redis-password-file", writeSecret(t, redisServer.Password),
		"-store-listen", "127.0.0.1:0", "-store-password-file", writeSecret(t, "a password of tests"))
	client := redisClient(t, redisServer)

	p := job.Package{
		V: 1, ID: job.NewID(), Created: time.Now().UTC(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Bulk,
		Friends: []job.Friend{{ID: "1", Photo: "demo:1"}, {ID: "2", Photo: "demo:2"}, {ID: "3", Photo: "demo:3"}},
	}
	p.Options.Columns, p.Options.Tile = 10, 16
	good, _ := json.Marshal(p)
	ctx := t.Context()
	if err := client.LPush(ctx, "{smalti}:bulk", good).Err(); err != nil {
		t.Fatal(err)
	}
	expectKey(t, client, p.ID, `"state":"done"`)
	expectDone(t, base, p.ID, soon)

	for name, spoil := range map[string]func(string) string{
		"package.unknown_field": func(s string) string { return strings.Replace(s, `{"v":1`, `{"v":1,"colour":"red"`, 1) },
		"version 100":           func(s string) string { return strings.Replace(s, `{"v":1`, `{"v":100`, 1) },
	} {
		id := job.NewID()
		bad := spoil(strings.Replace(string(good), p.ID, id, 1))
		if err := client.LPush(ctx, "{smalti}:interactive", bad).Err(); err != nil {
			t.Fatal(err)
		}
		expectKey(t, client, id, name)
		if v := poll(t, base, id, soon); v["state"] != "failed" || !strings.Contains(fmt.Sprint(v["failure"]), name) {
			t.Errorf("poll: %v, want a failure with %q", v, name)
		}
	}
}

// expectKey waits for a completion key that says something.
func expectKey(t *testing.T, client *redis.Client, id, says string) {
	t.Helper()
	var value string
	testenv.WaitFor(t, "the completion key of "+id, func() bool {
		var err error
		value, err = client.Get(context.Background(), "{smalti}:done:"+id).Result()
		return err == nil
	})
	if !strings.Contains(value, says) {
		t.Errorf("completion key is %s, want %q in it", value, says)
	}
}

func TestConfigurationMistakesAreToldTogether(t *testing.T) {
	t.Parallel()
	path := build(t, "worker", "")
	p := startProgram(t, path, nil, "-redis", "http://example.org", "-store", "gopher://example.org", "-drain", "soon")
	if code := p.Wait(); code != 78 {
		t.Errorf("exit code %d, want 78", code)
	}
	p = startProgram(t, path, nil, "-redis", "http://example.org", "-store", "gopher://example.org")
	p.Wait()
	for _, want := range []string{"-redis", "-store"} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("no word about %s in:\n%s", want, p.out)
		}
	}
}

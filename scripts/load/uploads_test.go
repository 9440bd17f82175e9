//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/ftptest"
	"smalti/pkg/harness"
	"smalti/pkg/job"
	"smalti/pkg/pause"
	"smalti/pkg/testenv"
)

// More workers than a store has sessions for: everybody whose photo was uploaded is in the mosaic, and
// no mosaic fails. SMALTI_TEST_UPLOADS=1,2,4,8,16,32 measures with so many workers and 300 photos a
// mosaic, against every store, and takes some minutes.
func TestNobodyIsMissingWhereSessionsAreFew(t *testing.T) {
	testenv.SkipSlow(t)
	testenv.Program(t, "redis-server")
	workers, photos, stores, sessions := []int{4}, 60, []string{embedded}, perAddress
	if list := os.Getenv("SMALTI_TEST_UPLOADS"); list != "" {
		workers, photos, sessions = nil, 300, 0
		for s := range strings.SplitSeq(list, ",") {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			workers = append(workers, n)
		}
		stores = []string{embedded, string(ftptest.VSFTPD), string(ftptest.ProFTPD), string(ftptest.PureFTPd)}
		if only := os.Getenv("SMALTI_TEST_UPLOADS_STORES"); only != "" {
			stores = strings.Split(only, ",")
		}
	}
	programs, err := harness.Build(t.Context(), "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range stores {
		for _, n := range workers {
			t.Run(fmt.Sprintf("%s/%d", kind, n), func(t *testing.T) {
				u := &uploadRun{kind: kind, workers: n, photos: photos, sessions: sessions, programs: programs}
				u.run(t)
				t.Logf("| %s | %d | %d | %d | %d | %v |", kind, n, 2*n, u.missing, u.failed, u.took.Round(100*time.Millisecond))
				if u.missing > 0 || u.failed > 0 {
					t.Errorf("%d friends are missing, %d mosaics failed", u.missing, u.failed)
				}
			})
		}
	}
}

const (
	embedded    = "embedded"
	perAddress  = 8 // sessions that the other servers give to one address
	uploadsTime = 20 * time.Minute
)

// uploadRun makes twice as many mosaics of uploads as there are workers.
type uploadRun struct {
	kind            string
	workers, photos int
	sessions        int // of the embedded store; 0: its default
	programs        string
	missing, failed int
	took            time.Duration
}

func (u *uploadRun) run(t *testing.T) {
	c := harness.Config{Programs: u.programs, Dir: t.TempDir(), Webs: 1, Workers: u.workers, Store: harness.StoreSeparate, StoreSessions: u.sessions}
	dir, uid := "", os.Getuid()
	if u.kind != embedded {
		s := ftptest.Start(t, ftptest.Kind(u.kind), ftptest.Options{PerAddress: perAddress})
		c.Store, c.StoreURL, c.StorePassword = harness.StoreExternal, s.URL+"/", s.Password
		dir, uid = s.Dir, s.UID
	}
	s, err := harness.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	if dir == "" {
		dir = s.StoreDir()
	}
	client := s.RedisClient(s.Redis)
	defer client.Close()
	picture := smallPicture(t)
	start := time.Now()
	var ids []string
	for range 2 * u.workers {
		p := uploadedPackage(t, dir, uid, u.photos, picture)
		body, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.LPush(t.Context(), "{smalti}:interactive", body).Err(); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	ctx, cancel := context.WithTimeout(t.Context(), uploadsTime)
	defer cancel()
	for _, id := range ids {
		status := awaitEnd(ctx, t, client, id)
		if status.Result == nil {
			u.failed++
			t.Logf("%s: %+v", id, status.Failure)
			continue
		}
		u.missing += status.Result.Missing
	}
	u.took = time.Since(start)
}

// uploadedPackage puts the photos of one mosaic into a store's directory, as the front end would have.
func uploadedPackage(t *testing.T, dir string, uid, photos int, picture []byte) *job.Package {
	t.Helper()
	batch := job.NewID()
	uploads := filepath.Join(dir, "uploads", batch)
	if err := os.MkdirAll(uploads, 0o755); err != nil {
		t.Fatal(err)
	}
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Options: job.Defaults(), Priority: job.Interactive,
		Target: job.Target{URL: "upload:" + batch + "/target"},
	}
	p.Options.Columns, p.Options.Rows, p.Options.Tile, p.Options.RepeatDistance = 20, 20, 8, 0
	names := []string{"target"}
	for i := range photos {
		name := fmt.Sprintf("%04d", i+1)
		names = append(names, name)
		p.Friends = append(p.Friends, job.Friend{ID: name, Name: name, Photo: "upload:" + batch + "/" + name})
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(uploads, name), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{filepath.Dir(uploads), uploads} {
		if err := os.Chown(path, uid, -1); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func smallPicture(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 48, 48))
	for i := range 48 * 48 {
		img.Set(i%48, i/48, color.RGBA{uint8(i), uint8(i / 9), 90, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func awaitEnd(ctx context.Context, t *testing.T, client *redis.Client, id string) (s job.Status) {
	t.Helper()
	for {
		data, err := client.Get(ctx, "{smalti}:done:"+id).Bytes()
		if err == nil {
			if err := json.Unmarshal(data, &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		if !pause.For(ctx, 50*time.Millisecond) {
			t.Fatalf("mosaic %s has not ended", id)
		}
	}
}

package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/faultproxy"
	"smalti/pkg/ftpserver"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/portrait"
	"smalti/pkg/setup"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
)

// uploaded are photos that a store does not give out until a time.
type uploaded struct {
	until time.Time
	err   error
}

func (u uploaded) Target(context.Context, string, int) (*image.NRGBA, error) {
	return portrait.Draw(0, 64), nil
}

func (u uploaded) Tiles(_ context.Context, list []job.Friend, side int, served func([]int, gather.Result)) []gather.Result {
	results := photos{}.tiles(list, side)
	if time.Now().Before(u.until) {
		results[1] = gather.Result{Err: fmt.Errorf("getting it: %w: %w", gather.ErrStore, u.err)}
	}
	for i, r := range results {
		served([]int{i}, r)
	}
	return results
}

func (p photos) tiles(list []job.Friend, side int) []gather.Result {
	return p.Tiles(context.Background(), list, side, func([]int, gather.Result) {})
}

// Uploads that cannot be read cost the job nothing, and nobody the place; their photos stay.
func TestUploadsThatAreNotGivenOutCostNothing(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		away time.Duration // the store itself
		told string
	}{
		"a reply":           {errors.New("451 local error"), 0, "pass"},
		"no session":        {store.ErrBusy, 0, "pass"},
		"the store is away": {errRefused, time.Minute, "give back"},
		"they are lost":     {store.ErrLost, 0, "retry no_uploads"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := lease()
				batch := job.NewID()
				l.Package.Friends[1].Photo = "upload:" + batch + "/0001"
				r := newRig(t, photos{}, l)
				put(t, r.store, batch)
				away := &awayStore{Store: r.store}
				if c.away > 0 {
					r.w.Store = &pinglessStore{away, time.Now().Add(c.away)}
				}
				r.w.Photos = uploaded{time.Now().Add(time.Minute), c.err}
				told, _ := r.runFor(t, 30*time.Second)
				expect(t, told, c.told)
				if _, err := r.store.OpenUpload(t.Context(), batch, "0001"); err != nil {
					t.Errorf("the photo: %v", err)
				}
			})
		})
	}
}

// pinglessStore takes deliveries, and answers no Ping until a time.
type pinglessStore struct {
	*awayStore
	until time.Time
}

func (p *pinglessStore) Ping(context.Context) error {
	if time.Now().Before(p.until) {
		return errRefused
	}
	return nil
}

// A store that never gives them out is no reason to try for ever.
func TestUploadsThatAreNeverGivenOutHaveOneDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lease()
		again := *l
		r := newRig(t, photos{}, l)
		r.w.Photos = uploaded{time.Now().Add(100 * time.Hour), errors.New("451 local error")}
		time.AfterFunc(25*time.Hour, func() {
			r.line.mu.Lock()
			defer r.line.mu.Unlock()
			r.line.waiting = append(r.line.waiting, &again)
		})
		told, _ := r.runFor(t, 26*time.Hour)
		expect(t, told, "pass", "retry no_uploads")
	})
}

// busyStore has no session left for so long.
type busyStore struct {
	*dirstore.Store
	busy time.Duration
}

func (b *busyStore) Deliver(ctx context.Context, id, token string) (store.Delivery, error) {
	waits := store.WaitsOf(ctx)
	waits.Begin()
	for until := time.Now().Add(b.busy); time.Now().Before(until) && ctx.Err() == nil; {
		waits.Refused()
		time.Sleep(2 * time.Second)
	}
	waits.End()
	return b.Store.Deliver(ctx, id, token)
}

// The time that a job waits for a session of the store is not the job's, and the watchdog sees it live.
func TestWaitingForASessionTakesNoTimeFromTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{takes: 30 * time.Second}, lease())
		r.w.Store = &busyStore{Store: r.store, busy: 9 * time.Minute} // of a job's minute
		for at := time.Duration(0); at < 10*time.Minute; at += 10 * time.Second {
			time.AfterFunc(at, func() {
				if err := r.w.Alive(); err != nil {
					t.Errorf("after %v: %v", at, err)
				}
			})
		}
		waits := ""
		time.AfterFunc(time.Minute, func() {
			r.line.mu.Lock()
			defer r.line.mu.Unlock()
			waits = r.line.beats[len(r.line.beats)-1].Waits
		})
		told, _ := r.runFor(t, 10*time.Minute)
		expect(t, told, "finish")
		if waits != "a session of the store" {
			t.Errorf("it is seen to wait for %q", waits)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{takes: never}, lease())
		r.w.Store = &busyStore{Store: r.store, busy: time.Minute}
		told, _ := r.runFor(t, 3*time.Minute)
		expect(t, told, "retry too_long")
	})
}

func put(t *testing.T, s *dirstore.Store, batch string) {
	t.Helper()
	if err := s.PutUpload(t.Context(), batch, "0001", strings.NewReader("a photo"), 100); err != nil {
		t.Fatal(err)
	}
}

// The line to the store breaks again and again while photos are fetched: whatever that costs, it costs
// nobody the place.
func TestNobodyIsMissingWhereTheLineBreaks(t *testing.T) {
	t.Parallel()
	dir, err := dirstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	ftp, err := ftpview.Serve(dir, ftpview.Limits{}, ftpserver.Config{Addr: "127.0.0.1:0", User: "smalti", Password: "a password"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ftp.Close() })
	proxy := faultproxy.StartFTP(t, ftp.Addr().String())
	remote, err := ftpstore.New(ftpstore.Config{URL: "ftp://smalti@" + proxy.Addr + "/", Password: "a password"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	l := lease()
	l.Package.Options.Columns, l.Package.Options.Rows, l.Package.Options.RepeatDistance = 8, 8, 0
	l.Package.Friends = nil
	batch := job.NewID()
	var picture bytes.Buffer
	if err := png.Encode(&picture, portrait.Draw(1, 64)); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		name := fmt.Sprintf("%04d", i+1)
		l.Package.Friends = append(l.Package.Friends, job.Friend{ID: name, Photo: "upload:" + batch + "/" + name})
		if err := dir.PutUpload(t.Context(), batch, name, bytes.NewReader(picture.Bytes()), 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	var broken atomic.Int64
	for n := range 8 { // in the middle of what the server says
		proxy.After(faultproxy.Server, 1_000*(n+1), func() bool {
			broken.Add(1)
			go proxy.Cut()
			return false
		})
	}
	told := ""
	for told != "finish" {
		r := newRig(t, photos{}, l)
		r.w.Store, r.w.Photos = remote, (&setup.Photos{}).Gatherer(remote, nil, 1)
		if told = r.runUntilTold(t); strings.HasPrefix(told, "retry") || strings.HasPrefix(told, "fail") {
			t.Fatalf("told the queue %q", told)
		}
		again := *l
		again.Token += "-again"
		l = &again
	}
	m, err := dir.Manifest(t.Context(), l.Package.ID)
	if broken.Load() < 5 {
		t.Errorf("the line broke %d times", broken.Load())
	}
	if err != nil || m.Result.Friends != 40 || m.Result.Missing != 0 {
		t.Errorf("%+v, %v", m, err)
	}
}

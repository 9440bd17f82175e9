package worker_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/ftpserver"
	"smalti/pkg/job"
	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/ftpstore"
	"smalti/pkg/store/ftpview"
)

// fullStore takes deliveries and no bytes until a time.
type fullStore struct {
	*dirstore.Store
	until time.Time
	begun []time.Time
}

func (f *fullStore) Deliver(ctx context.Context, id, token string) (store.Delivery, error) {
	f.begun = append(f.begun, time.Now())
	if time.Now().Before(f.until) {
		return nil, fmt.Errorf("beginning: %w", store.ErrFull)
	}
	return f.Store.Deliver(ctx, id, token)
}

// watching has a worker's troubles written down.
func (r *rig) watching() (seen *[]string, log *bytes.Buffer) {
	seen, log = &[]string{}, &bytes.Buffer{}
	r.w.Log = slog.New(slog.NewTextHandler(log, nil))
	r.w.Outages = &outage.Monitor{Log: r.w.Log, Notify: func(k outage.Kind, on bool) { *seen = append(*seen, fmt.Sprint(k, " ", on)) }}
	return seen, log
}

func TestAFullStoreCostsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waiting []*queue.Lease
		for range 20 {
			waiting = append(waiting, lease())
		}
		r := newRig(t, photos{}, waiting...)
		seen, log := r.watching()
		full := &fullStore{Store: r.store, until: time.Now().Add(5 * time.Minute)}
		r.w.Store = full
		told, _ := r.runFor(t, 10*time.Minute)
		first := slices.Index(told, "finish")
		if len(told) != 20 || first < 5 || first > 12 {
			t.Fatalf("told the queue %q; want some jobs put aside, and the others made", told)
		}
		for i, s := range told {
			if want := map[bool]string{true: "pass", false: "finish"}[i < first]; s != want {
				t.Errorf("number %d: %s, want %s", i, s, want)
			}
		}
		for i, at := range full.begun[1:first] {
			if wait, least := at.Sub(full.begun[i]), min(time.Second<<i, time.Minute); wait < least {
				t.Errorf("trial %d came %v after the one before, want at least %v", i+2, wait, least)
			}
		}
		expect(t, *seen, "store_full true", "store_full false")
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), `msg="the store is full"`) {
			t.Errorf("%d errors, want one clear one:\n%s", n, log)
		}
		if !slices.ContainsFunc(r.line.beats, func(b queue.Beat) bool { return b.Waits == "room in the store" && b.Job == "" }) ||
			r.line.beats[len(r.line.beats)-1].Waits != "" {
			t.Error("nobody sees what it waits for, and when no longer")
		}
	})
}

// What never fits must end at some time.
func TestAFullStoreHasOneDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lease()
		l.Package.Created = time.Now().Add(-25 * time.Hour)
		r := newRig(t, photos{}, l)
		r.w.Store = &fullStore{Store: r.store, until: time.Now().Add(time.Hour)}
		told, _ := r.runFor(t, time.Minute)
		expect(t, told, "retry internal")
	})
}

// The same with FTP: the store's quota is used up, and then there is room again.
func TestAFullServer(t *testing.T) {
	t.Parallel()
	dir, err := dirstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	const quota = 4 << 20
	refusals := make(chan ftpserver.Refusal, 100)
	ftp, err := ftpview.Serve(dir, ftpview.Limits{Bytes: quota}, ftpserver.Config{
		Addr: "127.0.0.1:0", User: "smalti", Password: "a password",
		Refused: func(why ftpserver.Refusal) { refusals <- why },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ftp.Close() })
	remote, err := ftpstore.New(ftpstore.Config{URL: "ftp://smalti@" + ftp.Addr().String() + "/", Password: "a password"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	filler := job.NewID()
	if err := remote.PutUpload(t.Context(), filler, "a", io.LimitReader(zeros{}, quota-1000), quota); err != nil {
		t.Fatal(err)
	}

	l := lease()
	r := newRig(t, photos{}, l)
	seen, log := r.watching()
	r.w.Store = remote
	if told := r.runUntilTold(t); told != "pass" {
		t.Fatalf("told the queue %q\n%s", told, log)
	}
	if why := <-refusals; why != ftpserver.Full || !slices.Equal(*seen, []string{"store_full true"}) {
		t.Errorf("the server says %q, the worker %q", why, *seen)
	}
	if err := remote.DeleteUploads(t.Context(), filler); err != nil {
		t.Fatal(err)
	}
	told := "pass"
	for i := 0; i < 60 && told == "pass"; i++ { // a full server counts again after a second
		time.Sleep(100 * time.Millisecond)
		again := *l
		again.Token = fmt.Sprint("1-again", i)
		r.line.waiting, r.line.told = []*queue.Lease{&again}, nil
		told = r.runUntilTold(t)
	}
	if told != "finish" || !slices.Contains(*seen, "store_full false") {
		t.Errorf("with room again: %q, %q\n%s", told, *seen, log)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A package of another version is for others, and the worker goes on with the next.
func TestAPackageForOthersIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{}, lease())
		r.line.refused = []error{
			&queue.OtherVersionError{ID: job.NewID(), Version: 2, Read: true}, &queue.OtherVersionError{ID: job.NewID(), Version: 2},
			&queue.RejectedError{Err: job.Invalid{{}}},
		}
		_, log := r.watching()
		w := &witness{}
		r.w.Observer = w
		told, _ := r.runFor(t, 5*time.Second)
		expect(t, told, "finish")
		if want := []string{"left", "left", "began, first: false", "failed bad_package 0"}; len(w.told) < 4 || !slices.Equal(w.told[:4], want) {
			t.Errorf("seen: %q, want %q first", w.told, want)
		}
		for _, want := range []string{`level=INFO msg="job left to a worker`, `level=WARN msg="job left, but no live worker`, fmt.Sprintf("version=2 reads=%d", job.Version)} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("there is no %q in\n%s", want, log)
			}
		}
	})
}

// Nobody looks at the metrics of a worker that has stopped: the queue is told.
func TestTheQueueIsToldOfATakenName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{})
		_, log := r.watching()
		r.line.taken = queue.ErrNameTaken
		if err := r.w.Run(t.Context()); err == nil {
			t.Error("it ran")
		}
		expect(t, r.line.told, "note name_taken")
		if !strings.Contains(log.String(), `msg="name in use by a live worker`) {
			t.Errorf("the log: %s", log)
		}
	})
}

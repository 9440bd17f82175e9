package worker_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/photo"
	"smalti/pkg/portrait"
	"smalti/pkg/queue"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/version"
	"smalti/pkg/worker"
)

// line is a queue of a few leases that writes down what it is told. It has a worker's whole view of
// the queue in memory, so that time can be the bubble's.
type line struct {
	mu      sync.Mutex
	waiting []*queue.Lease
	told    []string
	down    int     // so many calls of Join, Take and of endings fail
	lost    bool    // Renew says that the lease is lost
	taken   error   // of Join, and of later beats
	refused []error // of Take, one after the other
	beats   []queue.Beat
	others  []queue.Beat // what Beats gives
	renewed []job.Progress
	looks   []job.Result
	blind   bool // Look fails
}

func (l *line) say(format string, args ...any) {
	l.told = append(l.told, fmt.Sprintf(format, args...))
}

func (l *line) Take(ctx context.Context, name string) (*queue.Lease, error) {
	l.mu.Lock()
	if l.down > 0 {
		l.down--
		l.mu.Unlock()
		return nil, queue.ErrUnavailable
	}
	if len(l.refused) > 0 {
		err := l.refused[0]
		l.refused = l.refused[1:]
		l.mu.Unlock()
		return nil, err
	}
	if len(l.waiting) > 0 {
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.mu.Unlock()
		return next, nil
	}
	l.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-time.After(2 * time.Second):
	}
	return nil, nil
}

func (l *line) end(what string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down > 0 {
		l.down--
		return queue.ErrUnavailable
	}
	l.say("%s", what)
	return nil
}

func (l *line) Renew(_ context.Context, _ *queue.Lease, p job.Progress) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return queue.ErrLeaseLost
	}
	l.renewed = append(l.renewed, p)
	return nil
}

func (l *line) Look(_ context.Context, _ *queue.Lease, r job.Result) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return queue.ErrLeaseLost
	}
	if l.blind {
		return queue.ErrUnavailable
	}
	l.looks = append(l.looks, r)
	return nil
}

func (l *line) Finish(context.Context, *queue.Lease, job.Result) error { return l.end("finish") }
func (l *line) Fail(_ context.Context, _ *queue.Lease, f job.Failure) error {
	return l.end("fail " + string(f.Code))
}
func (l *line) Retry(_ context.Context, _ *queue.Lease, f job.Failure) error {
	return l.end("retry " + string(f.Code))
}
func (l *line) GiveBack(context.Context, *queue.Lease) error               { return l.end("give back") }
func (l *line) Decline(context.Context, *queue.Lease, time.Duration) error { return l.end("pass") }
func (l *line) Beats(context.Context) ([]queue.Beat, error)                { return l.others, nil }
func (l *line) NoteNameTaken(context.Context) error                        { return l.end("note name_taken") }
func (l *line) Leave(context.Context, queue.Beat) error                    { return l.end("leave") }
func (l *line) Join(context.Context, queue.Beat) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down > 0 {
		l.down--
		return "", queue.ErrUnavailable
	}
	return "", l.taken
}
func (l *line) SweepDue(context.Context) (queue.Swept, error) { return queue.Swept{}, nil }
func (l *line) AwaitSweep(ctx context.Context) bool           { <-ctx.Done(); return false }
func (l *line) Beat(_ context.Context, b queue.Beat) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beats = append(l.beats, b)
	return l.taken
}

// photos are demo portraits that take a while; with never, longer than any test.
type photos struct {
	takes time.Duration
	err   error
	panic bool
}

const never = 1000 * time.Hour

func (p photos) Target(ctx context.Context, _ string, _ int) (*image.NRGBA, error) {
	if p.panic {
		panic("a decoder's")
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(p.takes):
		return portrait.Draw(0, 64), p.err
	}
}

func (p photos) Tiles(_ context.Context, list []job.Friend, side int, served func([]int, gather.Result)) []gather.Result {
	results := make([]gather.Result, len(list))
	for i := range list {
		results[i].Tile = portrait.Draw(i+1, side)
		served([]int{i}, results[i])
	}
	return results
}

func lease() *queue.Lease {
	p := &job.Package{
		V: 1, ID: job.NewID(), Created: time.Now(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Interactive,
		Friends: []job.Friend{{ID: "1", Photo: "demo:1"}, {ID: "2", Photo: "demo:2"}},
	}
	p.Options.Columns, p.Options.Tile = 4, 8
	return &queue.Lease{Package: p, Attempt: 1, Token: "1-token"}
}

// rig is a worker with a queue in memory and a store on disk.
type rig struct {
	line  *line
	store *dirstore.Store
	w     *worker.Worker
}

func newRig(t *testing.T, p photos, leases ...*queue.Lease) *rig {
	t.Helper()
	dir, err := dirstore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	l := &line{waiting: leases}
	return &rig{line: l, store: dir, w: worker.New(worker.Config{
		Name: "tester", Queue: l, Store: dir, Photos: p, Log: slog.New(slog.DiscardHandler),
		JobTimeout: time.Minute, DrainTimeout: 10 * time.Second,
	})}
}

// runFor runs the worker in fake time, tells it to stop after d, and returns what it told the queue
// and how long it took to stop.
func (r *rig) runFor(t *testing.T, d time.Duration) (told []string, stopping time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(d, cancel)
	start := time.Now()
	if err := r.w.Run(ctx); err != nil {
		t.Errorf("Run: %v", err)
	}
	return slices.DeleteFunc(r.line.told, func(s string) bool { return s == "leave" }), time.Since(start) - d
}

// runUntilTold runs the worker in real time until it has told the queue how an attempt ended.
func (r *rig) runUntilTold(t *testing.T) (told string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			r.line.mu.Lock()
			if len(r.line.told) > 0 {
				told = r.line.told[0]
				cancel()
			}
			r.line.mu.Unlock()
			time.Sleep(5 * time.Millisecond)
		}
	}()
	if err := r.w.Run(ctx); err != nil {
		t.Error(err)
	}
	r.line.mu.Lock()
	defer r.line.mu.Unlock()
	return told
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("told the queue %q, want %q", got, want)
	}
}

func TestJobsAreFinishedOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := lease(), lease()
		r := newRig(t, photos{takes: time.Second}, first, second)
		told, _ := r.runFor(t, 20*time.Second)
		expect(t, told, "finish", "finish")
		for _, l := range []*queue.Lease{first, second} {
			if _, err := r.store.Manifest(t.Context(), l.Package.ID); err != nil {
				t.Errorf("not delivered: %v", err)
			}
		}
	})
}

func TestWhatAnEarlierAttemptDeliveredIsNotMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lease()
		r := newRig(t, photos{takes: time.Second}, l)
		r.runFor(t, 20*time.Second)
		again := *l
		again.Attempt, again.Token = 2, "2-token"
		r.line.waiting, r.line.told = []*queue.Lease{&again}, nil
		r.w.Photos = photos{takes: never} // would never end if it were asked
		told, _ := r.runFor(t, 20*time.Second)
		expect(t, told, "finish")
	})
}

func TestHowAnAttemptEnds(t *testing.T) {
	for _, tc := range []struct {
		name   string
		photos photos
		want   string
	}{
		{"for good", photos{err: &photo.Error{Kind: photo.Broken}}, "fail bad_target"},
		{"for now", photos{err: &photo.Error{Kind: photo.Timeout}}, "retry bad_target"},
		{"panic", photos{panic: true}, "retry internal"},
		{"too long", photos{takes: never}, "retry too_long"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, tc.photos, lease())
				told, _ := r.runFor(t, 5*time.Minute)
				expect(t, told, tc.want)
			})
		})
	}
}

// What a job takes is known before it starts: nobody dies of it.
func TestAJobThatIsTooLargeForThisWorker(t *testing.T) {
	for _, tc := range []struct {
		name   string
		others []queue.Beat
		want   string
	}{
		{"and for all others", []queue.Beat{{Worker: "tester", Memory: 1 << 30}, {Worker: "small", Memory: 1 << 20}, {Worker: "old", Memory: 1 << 40, Draining: true}}, "fail too_large"},
		{"but not for another one", []queue.Beat{{Worker: "small", Memory: 1 << 20}, {Worker: "large", Memory: 1 << 30}}, "pass"},
		{"but not for one without a limit", []queue.Beat{{Worker: "embedded"}}, "pass"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, photos{}, lease())
				r.w.Memory, r.line.others = 50<<20, tc.others
				told, _ := r.runFor(t, time.Minute)
				expect(t, told, tc.want)
				if last := r.line.beats[0]; last.Memory != r.w.Memory {
					t.Errorf("nobody knows how much room it has: %+v", last)
				}
			})
		})
	}
}

func TestALostLeaseEndsTheAttemptAndTellsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{takes: never}, lease(), lease())
		r.line.lost = true
		told, _ := r.runFor(t, 50*time.Second)
		expect(t, told)
		if len(r.line.waiting) != 0 {
			t.Error("the worker did not go on with the next job")
		}
	})
}

// The renewal before the mosaic appears is the last chance to learn that somebody deleted it.
func TestADeletedJobIsNotPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lease()
		r := newRig(t, photos{}, l)
		r.line.lost = true
		told, _ := r.runFor(t, 10*time.Second)
		expect(t, told)
		if _, err := r.w.Store.Manifest(t.Context(), l.Package.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it is in the store: %v", err)
		}
	})
}

func TestAQuietJobIsRenewedWellWithinItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{takes: 45 * time.Second}, lease())
		r.runFor(t, 50*time.Second)
		// The lease is 12 s: three chances within each.
		if n := len(r.line.renewed); n < 11 || n > 20 {
			t.Errorf("renewed %d times in 45 s", n)
		}
	})
}

func TestDraining(t *testing.T) {
	t.Run("a job that ends in time is finished", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, photos{takes: 8 * time.Second}, lease(), lease())
			told, stopping := r.runFor(t, time.Second)
			expect(t, told, "finish")
			if len(r.line.waiting) != 1 || stopping > 8*time.Second {
				t.Errorf("%d jobs left, stopped after %v", len(r.line.waiting), stopping)
			}
		})
	})
	t.Run("one that does not is handed back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, photos{takes: never}, lease())
			told, stopping := r.runFor(t, time.Second)
			expect(t, told, "give back")
			if stopping < 9*time.Second || stopping > 12*time.Second {
				t.Errorf("stopped after %v, want the drain time-out of 10 s", stopping)
			}
			// Its very last heartbeat may come at the same instant as the end of the attempt, and then
			// has no job.
			if !slices.ContainsFunc(r.line.beats, func(b queue.Beat) bool { return b.Draining && b.Job != "" }) {
				t.Errorf("heartbeats %+v, want one that says which job it drains", r.line.beats)
			}
		})
	})
}

func TestAWorkerWhoseNameIsTakenStops(t *testing.T) {
	t.Run("at its start", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, photos{}, lease())
			r.line.taken = queue.ErrNameTaken
			r.w.Ready = func() { t.Error("ready without a name") }
			if err := r.w.Run(t.Context()); !errors.Is(err, queue.ErrNameTaken) || len(r.line.waiting) != 1 {
				t.Errorf("Run = %v with %d jobs left; want ErrNameTaken and no job taken", err, len(r.line.waiting))
			}
		})
	})
	t.Run("after a long freeze", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, photos{takes: never}, lease(), lease())
			ready := 0
			r.w.Ready = func() { ready++ }
			time.AfterFunc(10*time.Second, func() {
				r.line.mu.Lock()
				defer r.line.mu.Unlock()
				r.line.taken, r.line.lost = queue.ErrNameTaken, true
			})
			start := time.Now()
			if err := r.w.Run(t.Context()); !errors.Is(err, queue.ErrNameTaken) {
				t.Errorf("Run = %v, want ErrNameTaken", err)
			}
			if took := time.Since(start); took > 16*time.Second || len(r.line.waiting) != 1 {
				t.Errorf("stopped after %v, with %d jobs left", took, len(r.line.waiting))
			}
			if ready != 1 {
				t.Errorf("told %d times that it is ready", ready)
			}
		})
	})
}

func TestAQueueThatComesBackIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{}, lease())
		r.line.down = 6
		told, _ := r.runFor(t, time.Minute)
		expect(t, told, "finish")
	})
}

// goneAfter is a queue that goes away while a job is rendered.
type goneAfter struct {
	*line
	calls int
}

func (g *goneAfter) Finish(ctx context.Context, l *queue.Lease, r job.Result) error {
	if g.calls++; g.calls < 4 {
		return errors.New("connection refused")
	}
	return g.line.Finish(ctx, l, r)
}

func TestTheEndIsToldUntilTheQueueHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{}, lease())
		g := &goneAfter{line: r.line}
		r.w.Queue = g
		told, _ := r.runFor(t, time.Minute)
		expect(t, told, "finish")
		if g.calls != 4 {
			t.Errorf("asked %d times, want 4", g.calls)
		}
	})
}

func TestUploadsAreDeletedWithTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, batch := lease(), job.NewID()
		l.Package.Target.URL = "upload:" + batch + "/target"
		r := newRig(t, photos{}, l)
		ctx := t.Context()
		if err := r.store.PutUpload(ctx, batch, "target", emptyFile{}, 10); err != nil {
			t.Fatal(err)
		}
		told, _ := r.runFor(t, time.Minute)
		expect(t, told, "finish")
		if _, err := r.store.OpenUpload(ctx, batch, "target"); !errors.Is(err, store.ErrLost) {
			t.Errorf("after the job: %v, want not found", err)
		}
	})
}

type emptyFile struct{}

func (emptyFile) Read([]byte) (int, error) { return 0, io.EOF }

// witness writes down what an Observer is told, without the times.
type witness struct {
	mu   sync.Mutex
	told []string
}

func (w *witness) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprintf(format, args...))
}
func (w *witness) Began(waited, _ time.Duration)      { w.say("began, first: %v", waited > 0) }
func (w *witness) Phase(p job.Phase, _ time.Duration) { w.say("%s", p) }
func (w *witness) Delivered(int64)                    {}
func (w *witness) Swept(queue.Swept)                  {}
func (w *witness) Left()                              { w.say("left") }
func (w *witness) Ended(outcome string, code job.Code, took time.Duration, r job.Result) {
	w.say("%s %s %d", outcome, code, r.Friends)
}

func TestWhatIsSeenOfAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, photos{takes: 3 * time.Second}, lease())
		seen := &witness{}
		r.w.Observer = seen
		r.runFor(t, 20*time.Second)
		expect(t, seen.told, "began, first: true", "photos", "matching", "composing", "delivering", "done  2")
		var busy bool
		for _, b := range r.line.beats {
			busy = busy || b.Job != "" && !b.Since.IsZero()
		}
		last := r.line.beats[len(r.line.beats)-1]
		if !busy || last.Ended != 1 || last.Spent < 3 || last.Job != "" || last.Version != version.String() {
			t.Errorf("busy once: %v; last heartbeat %+v", busy, last)
		}
	})
}

package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/queue"
	"smalti/pkg/testenv"
)

// server is what a queue is tested against.
type server struct {
	addr, password string
	raw            *redis.Client // what somebody with redis-cli may do
}

func connect(t testing.TB, addr, password string) server {
	raw := redis.NewClient(&redis.Options{Addr: addr, Password: password, MaxRetries: -1})
	t.Cleanup(func() { raw.Close() })
	return server{addr, password, raw}
}

// open opens a queue that is in no hurry: what must come back by a timeout says so by its config.
func (s server) open(t testing.TB, cfg queue.Config) *queue.Queue {
	t.Helper()
	cfg.Redis.URL, cfg.Redis.Password = "redis://"+s.addr, s.password
	if cfg.Lease == 0 {
		cfg.Lease = time.Minute
	}
	if cfg.Grace == 0 {
		cfg.Grace = time.Minute
	}
	q, err := queue.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

// hasty loses patience at once.
func hasty() queue.Config {
	return queue.Config{Lease: 20 * time.Millisecond, Grace: 20 * time.Millisecond, RetryDelay: time.Millisecond}
}

func pack(id string) *job.Package {
	p := &job.Package{
		V: job.Version, ID: id, Created: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC),
		Target: job.Target{URL: "https://example.org/?a=1&b=2"}, Options: job.Defaults(),
		Priority: job.Interactive, Owner: "maker",
	}
	for i := range 3 {
		p.Friends = append(p.Friends, job.Friend{ID: fmt.Sprint(i), Name: "Zoë <3", Photo: fmt.Sprintf("demo:%d", i)})
	}
	return p
}

func put(t *testing.T, q *queue.Queue) *job.Package {
	t.Helper()
	p := pack(job.NewID())
	if created, err := q.Put(t.Context(), p); err != nil || !created {
		t.Fatalf("Put = %v, %v; want a new job", created, err)
	}
	return p
}

// take expects a job to be there.
func take(t *testing.T, q *queue.Queue, id string) *queue.Lease {
	t.Helper()
	l, err := q.Take(t.Context(), "worker")
	if err != nil || l == nil {
		t.Fatalf("Take = %v, %v; want %s", l, err, id)
	}
	if id != "" && l.Package.ID != id {
		t.Fatalf("Take gave %s, want %s", l.Package.ID, id)
	}
	return l
}

// sweep sweeps until something was done, and returns that.
func sweep(t *testing.T, q *queue.Queue) queue.Swept {
	t.Helper()
	var swept queue.Swept
	testenv.WaitFor(t, "the sweep to find something to do", func() bool {
		var err error
		if swept, err = q.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		return swept.Any()
	})
	return swept
}

func status(t *testing.T, q *queue.Queue, id string) job.Status {
	t.Helper()
	s, err := q.Status(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantDepth(t *testing.T, q *queue.Queue, want queue.Depth) {
	t.Helper()
	o, err := q.Ops().Overview(t.Context())
	got := o.Depth
	if err != nil || got != want {
		t.Errorf("Depth = %+v, %v; want %+v", got, err, want)
	}
}

var (
	result  = job.Result{Columns: 4, Rows: 3, Width: 256, Height: 192, Friends: 3, Files: []string{"poster.jpg"}}
	failure = job.Fail(job.NoPhotos, message.New("failure.one_photo", "n", 3), "404")
)

// rawPop is a worker that is killed before it claims.
func (s server) rawPop(t *testing.T) string {
	t.Helper()
	popped, err := s.raw.BRPop(t.Context(), 2*time.Second, "{smalti}:interactive", "{smalti}:bulk").Result()
	if err != nil {
		t.Fatal(err)
	}
	return popped[1]
}

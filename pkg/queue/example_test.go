package queue_test

import (
	"context"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
)

// A front end puts a job, a worker renders it, and the front end sees how it ended.
func Example() {
	ctx := context.Background()
	redis, err := miniredis.Run()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer redis.Close()
	q, err := queue.Open(queue.Config{Redis: redisconn.Config{URL: "redis://" + redis.Addr()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = q.Close() }()

	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now().UTC(), Priority: job.Interactive,
		Target: job.Target{URL: "demo:0"}, Options: job.Defaults(),
		Friends: []job.Friend{{ID: "1", Name: "Zoe", Photo: "demo:1"}, {ID: "2", Name: "Max", Photo: "demo:2"}},
	}
	fmt.Println(q.Put(ctx, p))

	lease, err := q.Take(ctx, "worker-1")
	fmt.Println(lease.Package.ID == p.ID, lease.Attempt, err)
	fmt.Println(q.Finish(ctx, lease, job.Result{Width: 800, Height: 800}))

	s, err := q.Status(ctx, p.ID)
	fmt.Println(s.State, err)
	// Output:
	// true <nil>
	// true 1 <nil>
	// <nil>
	// done <nil>
}

package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn"
	"smalti/pkg/redisconn/redistest"
	"smalti/pkg/setup"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/worker"
)

// clock is an Observer that tells when an attempt began, and that it ended.
type clock struct {
	worker.Observer
	began chan time.Time
	ended chan struct{}
}

func (c clock) Began(_, _ time.Duration)                          { c.began <- time.Now() }
func (c clock) Ended(string, job.Code, time.Duration, job.Result) { c.ended <- struct{}{} }
func (clock) Phase(job.Phase, time.Duration)                      {}
func (clock) Delivered(int64)                                     {}

// BenchmarkPostToRendering measures how long it takes, on an idle system with a real Redis, from the
// moment that somebody asks for a mosaic until a worker begins to render it: over HTTP, with the
// journal's fsync, the limits, the queue and the claim.
func BenchmarkPostToRendering(b *testing.B) {
	server := redistest.Start(b, "appendfsync everysec")
	client := redisClient(b, server)
	base := startSystem(b, "-redis", "redis://"+server.Addr, "-redis-password-file", writeSecret(b, server.Password),
		"-store-listen", "127.0.0.1:0", "-store-password-file", writeSecret(b, "a password of tests"), "-limit-mosaics", "1000000/1s")

	dir, err := dirstore.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer dir.Close()
	q, err := queue.Open(queue.Config{Redis: redisconn.Config{URL: server.URL(), Password: server.Password}})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	c := clock{began: make(chan time.Time), ended: make(chan struct{})}
	w := worker.New(worker.Config{
		Name: "bench", Queue: q, Store: dir, Photos: (&setup.Photos{}).Gatherer(dir, nil, 1), Log: slog.New(slog.DiscardHandler),
		JobTimeout: time.Minute, DrainTimeout: time.Second, Observer: c,
	})
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { defer close(stopped); w.Run(ctx) }()
	defer func() { stop(); <-stopped }()

	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		awaitIdle(b, client)
		b.StartTimer()
		asked := time.Now()
		res, err := http.Post(base+"/api/v1/mosaics", "application/json", strings.NewReader(small))
		if err != nil {
			b.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			b.Fatalf("POST: %d %s", res.StatusCode, text)
		}
		began := <-c.began
		b.StopTimer()
		<-c.ended
		took = append(took, began.Sub(asked))
		b.StartTimer()
	}
	slices.Sort(took)
	at := func(p int) float64 { return took[(len(took)-1)*p/100].Seconds() * 1000 }
	b.ReportMetric(at(50), "ms-p50")
	b.ReportMetric(at(99), "ms-p99")
}

// awaitIdle waits until a worker is blocked in its pop.
func awaitIdle(b *testing.B, client *redis.Client) {
	b.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		info, err := client.Info(b.Context(), "clients").Result()
		if err == nil && strings.Contains(info, "blocked_clients:1") {
			return
		}
	}
	b.Fatal("the worker does not wait for a job")
}

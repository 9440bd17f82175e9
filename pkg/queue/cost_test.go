package queue_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/redisconn/redistest"
)

// What a waiting job costs Redis, beside the bytes of its package.
func TestAWaitingJobCostsLittleMoreThanItsPackage(t *testing.T) {
	r := redistest.Start(t)
	s := connect(t, r.Addr, r.Password)
	q := s.open(t, queue.Config{})
	for _, friends := range []int{300, 1000, 5000} {
		s.raw.FlushAll(t.Context())
		var bytes int
		const jobs = 20
		before := used(t, s)
		for range jobs {
			p := pack(job.NewID())
			p.Client, p.Keep, p.Friends = job.NewID(), 3600, nil
			for i := range friends {
				p.Friends = append(p.Friends, job.Friend{
					ID: fmt.Sprintf("https://social.example/users/somebody-%d", i), Name: fmt.Sprintf("Somebody Number %d", i),
					Profile: fmt.Sprintf("https://social.example/@somebody-%d", i),
					Photo:   fmt.Sprintf("https://files.social.example/accounts/avatars/%018d/original/%016x.jpg", i*7919, i*104729),
				})
			}
			data, _ := json.Marshal(p)
			bytes += len(data)
			if _, err := q.Put(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		cost := float64(used(t, s)-before) / float64(bytes)
		t.Logf("%d friends: a package of %d bytes costs %.2f times that", friends, bytes/jobs, cost)
		if cost > 1.4 {
			t.Errorf("%d friends: %.2f times its package, and 1.4 is the most", friends, cost)
		}
	}
}

// used is what all keys take together, as MEMORY USAGE has it.
func used(t *testing.T, s server) (total int64) {
	t.Helper()
	for _, key := range s.raw.Keys(t.Context(), "*").Val() {
		n, err := s.raw.MemoryUsage(t.Context(), key, 0).Result()
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return total
}

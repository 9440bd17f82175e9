package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"smalti/pkg/limit"
	"smalti/web/internal/problem"
)

// A reservation is the room that a batch of photos has: in the store and, while a zip file is unpacked,
// on this machine's disk. It grows as bytes come, so that nobody has room by only announcing them. While
// they come it is a short lease, which this process renews: when the process dies, the lease ends. Once
// the mosaic is accepted, the room is the job's.
type reservation struct {
	limits *limits // nil: no limits
	sender *http.Request
	batch  string

	mu     sync.Mutex
	used   int64 // bytes that are there
	leased int64 // bytes that are reserved
	stop   chan struct{}
	ended  chan struct{}
}

const (
	leaseStep  = 1 << 20 // bytes by which a lease grows
	leaseFor   = time.Minute
	leaseRenew = 20 * time.Second
	leaseWait  = 10 * time.Second // for Redis; meanwhile, nothing more is read
	leaseRetry = 500 * time.Millisecond
)

// keepUploads is for how long photos are kept that no open job needs, and for how long their room is
// held at a time.
const keepUploads = 3 * 24 * time.Hour

// take reserves room for n more bytes. The error is a problem.
func (v *reservation) take(n int64) error {
	if v.limits == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.used+n <= v.leased {
		v.used += n
		return nil
	}
	exact := v.used + n
	stepped := (exact + leaseStep - 1) / leaseStep * leaseStep
	err := v.hold(stepped, leaseFor)
	if err != nil && stepped > exact && err != problem.PhotosAway { // the last piece of room
		stepped = exact
		err = v.hold(exact, leaseFor)
	}
	if err != nil {
		return err
	}
	v.used, v.leased = exact, stepped
	if v.stop == nil {
		v.stop, v.ended = make(chan struct{}), make(chan struct{})
		go v.renew()
	}
	return nil
}

// give takes back n bytes that were not needed. They are free when the lease changes next.
func (v *reservation) give(n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used -= n
}

// hold asks for n bytes. What the client has announced must fit as well, or everything would be sent in vain.
// Where nobody can say, it asks again for a while: no room is given out unseen.
func (v *reservation) hold(n int64, keep time.Duration) error {
	ctx := v.sender.Context()
	var announced int64
	if keep == leaseFor {
		announced = v.sender.ContentLength
	}
	for end := time.Now().Add(leaseWait); ; {
		switch v.limits.taken.Hold(ctx, limit.Uploads, v.batch, limit.ClientOf(v.sender, v.limits.proxies), n, announced, v.limits.quota, keep) {
		case limit.Held:
			return nil
		case limit.ClientFull:
			return problem.ClientPhotosFull
		case limit.TotalFull:
			return problem.PhotosFull
		}
		if time.Now().After(end) {
			return problem.PhotosAway
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(leaseRetry):
		}
	}
}

func (v *reservation) renew() {
	defer close(v.ended)
	for {
		select {
		case <-v.stop:
			return
		case <-time.After(leaseRenew):
			v.limits.taken.Extend(v.sender.Context(), limit.Uploads, v.batch, leaseFor)
		}
	}
}

// end stops renewing.
func (v *reservation) end() {
	if v.stop != nil {
		close(v.stop)
		<-v.ended
		v.stop = nil
	}
}

// accept turns the lease into room that the job has, as much as it needs.
func (v *reservation) accept() error {
	v.end()
	if v.limits == nil || v.leased == 0 {
		return nil
	}
	return v.hold(v.used, keepUploads)
}

// reserving reserves room for what is read through it.
type reserving struct {
	r    io.Reader
	take func(n int64) error
	n    int64 // bytes so far
}

func (c *reserving) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		if err := c.take(int64(n)); err != nil {
			return 0, err
		}
		c.n += int64(n)
	}
	return n, err
}

// reservedStore is a store that takes uploads as far as there is room.
type reservedStore struct {
	files
	in *intake
}

func (s reservedStore) PutUpload(ctx context.Context, id, name string, r io.Reader, most int64) error {
	counted := &reserving{r: r, take: func(n int64) error {
		if err := s.in.unpacked.pay(n); err != nil {
			return err
		}
		return s.in.room.take(n)
	}}
	err := s.files.PutUpload(ctx, id, name, counted, most)
	if err != nil {
		s.in.room.give(counted.n)
	}
	return err
}

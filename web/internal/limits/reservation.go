package limits

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"smalti/pkg/limit"
	"smalti/pkg/pause"
	"smalti/web/internal/problem"
)

// Reservation is the quota that a batch of photos takes: in the store and, while a zip file is unpacked, on
// this machine's disk. It grows as bytes arrive, so that announcing them takes nothing. At first it is a
// short lease that this process renews: when the process dies, the lease ends. Once the mosaic is accepted,
// the quota belongs to the job. It is safe for concurrent use.
type Reservation struct {
	limits  *Limits // nil: no limits
	request *http.Request
	batch   string

	mu     sync.Mutex
	used   int64 // bytes that arrived
	leased int64 // bytes that are reserved
	stop   chan struct{}
	ended  chan struct{}
}

const (
	leaseStep  = 1 << 20 // bytes by which a lease grows
	leaseFor   = time.Minute
	leaseRenew = 20 * time.Second
	leaseWait  = 10 * time.Second // for Redis; nothing more is read meanwhile
	leaseRetry = 500 * time.Millisecond
)

// KeepUploads is how long photos are kept that no open job needs, and for how long their quota is reserved
// at a time.
const KeepUploads = 3 * 24 * time.Hour

// KeepAhead is how long photos are kept that were sent before their mosaic was asked for.
const KeepAhead = 2 * time.Hour

// Reserve begins a reservation for photos that come with a request. Without limits, l is nil.
func (l *Limits) Reserve(r *http.Request, batch string) *Reservation {
	return &Reservation{limits: l, request: r, batch: batch}
}

// Take reserves n more bytes. The error is a problem.
func (v *Reservation) Take(n int64) error {
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
	if err != nil && stepped > exact && !errors.Is(err, problem.ErrPhotosAway) { // the last bytes of the quota
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

// Return gives back n bytes. They are free when the lease changes next.
func (v *Reservation) Return(n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used -= n
}

// hold asks for n bytes. What the client announced must fit as well, or it would be sent in vain. While Redis
// does not answer, it asks again for some time: nothing is reserved unseen.
func (v *Reservation) hold(n int64, keep time.Duration) error {
	ctx := v.request.Context()
	var announced int64
	if keep == leaseFor {
		announced = v.request.ContentLength
	}
	for end := time.Now().Add(leaseWait); ; {
		switch v.limits.Limiter.Hold(ctx, limit.Uploads, v.batch, limit.ClientOf(v.request, v.limits.Proxies), n, announced, v.limits.Quota, keep) {
		case limit.Held:
			return nil
		case limit.ClientFull:
			return problem.ErrClientPhotosFull
		case limit.TotalFull:
			return problem.ErrPhotosFull
		}
		if time.Now().After(end) {
			return problem.ErrPhotosAway
		}
		if !pause.For(ctx, leaseRetry) {
			return ctx.Err()
		}
	}
}

func (v *Reservation) renew() {
	defer close(v.ended)
	for {
		select {
		case <-v.stop:
			return
		case <-time.After(leaseRenew):
			_, _ = v.limits.Limiter.Extend(v.request.Context(), limit.Uploads, v.batch, leaseFor) // the next one may succeed
		}
	}
}

// Stop stops renewing the lease.
func (v *Reservation) Stop() {
	if v.stop != nil {
		close(v.stop)
		<-v.ended
		v.stop = nil
	}
}

// Commit keeps as much reserved as the photos take, without renewal: for [KeepUploads] as quota of the accepted
// job, or for [KeepAhead] before there is one.
func (v *Reservation) Commit(keep time.Duration) error {
	v.Stop()
	if v.limits == nil || v.leased == 0 {
		return nil
	}
	return v.hold(v.used, keep)
}

// Reader takes what is read through it from a quota.
type Reader struct {
	R    io.Reader
	Take func(n int64) error
	N    int64 // bytes so far
}

func (c *Reader) Read(p []byte) (int, error) {
	n, err := c.R.Read(p)
	if n > 0 {
		if err := c.Take(int64(n)); err != nil {
			return 0, err
		}
		c.N += int64(n)
	}
	return n, err
}

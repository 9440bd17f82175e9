package limits

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"smalti/pkg/message"
	"smalti/web/internal/problem"
)

// Clients that send slower than this are given up: 1 KB/s, as an average over 30 seconds of waiting.
// The slowest phone networks manage several times as much (GPRS: 2 to 5 KB/s). Only the time in
// which this server waits counts: a slow store is not the client's fault.
const (
	paceBytes  = 30 << 10
	paceWindow = 30 * time.Second
	sendPeriod = 2 * time.Hour // for the whole body; at 75 KB/s, that is the largest upload
)

// ErrTooSlow ends the body of such a client; its connection is to be closed.
var ErrTooSlow = problem.New(http.StatusRequestTimeout, message.New("problem.too_slow"))

// pacedBody is a body that must arrive at a minimum pace.
type pacedBody struct {
	io.ReadCloser
	deadline func(time.Time) error // of reads
	end      time.Time

	got    int // bytes in this window
	waited time.Duration
	set    time.Time // the deadline, as it was set last
}

// Pace requires the body of r to arrive at a minimum pace.
func Pace(w http.ResponseWriter, r *http.Request) {
	r.Body = &pacedBody{ReadCloser: r.Body, deadline: http.NewResponseController(w).SetReadDeadline, end: time.Now().Add(sendPeriod)}
}

func (b *pacedBody) Read(p []byte) (int, error) {
	start := time.Now()
	// Moving the deadline costs a system call: only where it is much too early.
	if until := start.Add(max(paceWindow-b.waited, time.Second)); until.Sub(b.set) > time.Second {
		b.set = until.Add(time.Second)
		_ = b.deadline(b.set) // without deadlines, the time below still counts
	}
	n, err := b.ReadCloser.Read(p)
	now := time.Now()
	b.waited += now.Sub(start)
	if b.got += n; b.got >= paceBytes {
		b.got, b.waited = 0, 0
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), err == nil && (b.waited >= paceWindow || now.After(b.end)):
		return n, ErrTooSlow
	case err != nil: // the end, or broken: nobody waits for this client any more
		_ = b.deadline(now.Add(sendPeriod))
	}
	return n, err
}

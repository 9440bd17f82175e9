package ftpstore

import (
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"
	"syscall"
	"time"

	"github.com/jlaffaye/ftp"

	"smalti/pkg/pause"
)

// Processes that use one server share its sessions without knowing of each other. One that is refused gives
// half of its sessions back, waits, and then asks for one more at a time. TCP shares a line in this way
// (additive increase, multiplicative decrease; Chiu and Jain, 1989), which comes close to equal shares.
const (
	maxSessions = 16 // of one Store
	maxOpening  = 4  // of these, while they are opened

	firstPause   = 100 * time.Millisecond // after a refusal, without any session; then twice as long
	longestPause = 2 * time.Second
	firstProbe   = time.Second // after a refusal, with others
	longestProbe = 15 * time.Second
	growEvery    = 500 * time.Millisecond // between two sessions after a refusal
	careful      = 30 * time.Second       // how long a refusal is remembered

	// defaultPatience is how long a [Store] waits for its first session.
	defaultPatience = 10 * time.Minute

	// brokenPatience is the same while the server hangs up without a reply.
	brokenPatience = 2 * time.Second
)

// busyness is what a failed attempt to open a session says about the server.
type busyness int

const (
	away   busyness = iota // it does not answer, or refuses the login
	broken                 // it hung up, as a busy server may do, or one that dies
	busy                   // it replied that it has no session left
)

// budget decides how many sessions there may be. It is not safe for concurrent use.
type budget struct {
	open, opening int       // opening are among the open
	most          int       // sessions beyond that are closed when they are given back; 0: no limit
	next          time.Time // no session is opened before
	pause         time.Duration
	last          time.Time // the last refusal
	starved       time.Time // since when there is no session and none can be opened
}

// mayOpen reports whether to open one more session, or else when to ask again; 0: when something changes.
func (b *budget) mayOpen(now time.Time) (ok bool, after time.Duration) {
	if b.open >= maxSessions || b.opening >= maxOpening || b.pause > 0 && b.opening > 0 {
		return false, 0
	}
	if after = b.next.Sub(now); after > 0 {
		return false, after
	}
	return true, 0
}

func (b *budget) begin() { b.open++; b.opening++ }

func (b *budget) succeeded(now time.Time) {
	b.opening--
	b.pause, b.starved = 0, time.Time{}
	if b.most > 0 {
		b.most = max(b.most, b.open)
	}
	if now.Sub(b.last) < careful && !b.last.IsZero() {
		b.next = now.Add(pause.Jitter(growEvery))
	} else {
		b.most = 0
	}
}

// failed reports whether to give up.
func (b *budget) failed(now time.Time, how busyness, patience time.Duration) (giveUp bool) {
	b.opening--
	b.open--
	if how == away {
		return true
	}
	backingOff := now.Before(b.next) // another attempt was refused at the same time
	if b.last = now; backingOff {
		return false
	}
	if b.open > 0 {
		b.most = max(1, b.open/2)
		b.pause = min(max(2*b.pause, firstProbe), longestProbe)
		b.next = now.Add(pause.Jitter(b.pause))
		return false
	}
	if b.starved.IsZero() {
		b.starved = now
	}
	b.pause = min(max(2*b.pause, firstPause), longestPause)
	b.next = now.Add(pause.Jitter(b.pause))
	if how == broken {
		patience = min(patience, brokenPatience)
	}
	if now.Sub(b.starved) < patience {
		return false
	}
	b.starved = time.Time{} // the next call has the same patience
	return true
}

// tooMany reports whether to close a session that is not needed.
func (b *budget) tooMany() bool { return b.most > 0 && b.open > b.most }

func (b *budget) ended() { b.open-- }

// howBusy is why a session could not be opened. vsftpd and Pure-FTPd reply 421 when they have none left,
// ProFTPD 530 with a text of its own; others hang up.
func howBusy(err error) busyness {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		text := strings.ToLower(reply.Msg)
		if reply.Code/100 == 4 || reply.Code == ftp.StatusNotLoggedIn && (strings.Contains(text, "maximum") || strings.Contains(text, "too many")) {
			return busy
		}
		return away
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return away
	}
	for _, hungUp := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, hungUp) {
			return broken
		}
	}
	return away
}

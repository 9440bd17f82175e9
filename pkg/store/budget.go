package store

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/textproto"
	"strings"
	"syscall"
	"time"

	"github.com/jlaffaye/ftp"
)

// Processes that use one server share its sessions without knowing of each other: the server says when
// it has no more. Whoever is refused gives half of its sessions back, waits, and then asks for one more
// at a time. That is how TCP shares a line (additive increase, multiplicative decrease; Chiu and Jain,
// 1989), and comes close to equal shares.
const (
	maxSessions = 16 // of one Remote
	maxOpening  = 4  // of these, being opened

	firstPause   = 100 * time.Millisecond // after a refusal, without any session; then twice as long
	longestPause = 2 * time.Second
	firstProbe   = time.Second // after a refusal, with others
	longestProbe = 15 * time.Second
	growEvery    = 500 * time.Millisecond // between two sessions after a refusal
	careful      = 30 * time.Second       // for how long a refusal is remembered

	// defaultPatience is for how long a [Remote] waits for its first session.
	defaultPatience = 10 * time.Minute

	// brokenPatience is the same where connections only end, without a word.
	brokenPatience = 2 * time.Second
)

// busyness is what a failed attempt to open a session says about the server.
type busyness int

const (
	away   busyness = iota // it is not there, or does not want us
	broken                 // it hung up, as a server that is too busy may do, or one that dies
	busy                   // it said that it has no session left
)

// budget says how many sessions there may be. It is not safe for concurrent use.
type budget struct {
	open, opening int       // opening are among the open
	most          int       // what is more is closed when it is given back; 0: any number
	next          time.Time // no session is opened before
	pause         time.Duration
	last          time.Time // the last refusal
	starved       time.Time // since when there is no session, and none to be had
}

// mayOpen reports whether to open one more session, or else in how long to ask again.
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
		b.next = now.Add(jitter(growEvery))
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
	backingOff := now.Before(b.next) // others were refused at the same time
	if b.last = now; backingOff {
		return false
	}
	if b.open > 0 {
		b.most = max(1, b.open/2)
		b.pause = min(max(2*b.pause, firstProbe), longestProbe)
		b.next = now.Add(jitter(b.pause))
		return false
	}
	if b.starved.IsZero() {
		b.starved = now
	}
	b.pause = min(max(2*b.pause, firstPause), longestPause)
	b.next = now.Add(jitter(b.pause))
	if how == broken {
		patience = min(patience, brokenPatience)
	}
	if now.Sub(b.starved) < patience {
		return false
	}
	b.starved = time.Time{} // whoever comes next has the same patience
	return true
}

// tooMany reports whether a session that is not needed should be closed at once.
func (b *budget) tooMany() bool { return b.most > 0 && b.open > b.most }

func (b *budget) ended() { b.open-- }

// jitter is from half of d to one and a half: those who were refused together do not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// howBusy reads why a session could not be opened. vsftpd and Pure-FTPd say 421 when they have none
// left, ProFTPD 530 with a sentence of its own; others hang up.
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

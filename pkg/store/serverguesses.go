package store

import (
	"context"
	"maps"
	"sync"
	"time"
)

const (
	freeGuesses = 3                      // wrong passwords that cost an address nothing
	guessPause  = 500 * time.Millisecond // for each further one, over all of the address's connections
	forgetAfter = 10 * time.Minute
	maxGuessers = 10_000 // addresses; the rest share one entry
)

// guesses slow down those who try passwords, by address: two a second, however many connections they
// try on. The right password is never kept waiting.
type guesses struct {
	mu    sync.Mutex
	by    map[string]*guesser
	swept time.Time
}

type guesser struct {
	wrong int
	next  time.Time // when the next wrong one may be answered
}

// wrong waits before a wrong password is answered.
func (g *guesses) wrong(ctx context.Context, host string) {
	select {
	case <-time.After(g.pause(host, time.Now())):
	case <-ctx.Done():
	}
}

func (g *guesses) pause(host string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.by) >= maxGuessers && now.Sub(g.swept) > forgetAfter/10 {
		g.swept = now
		maps.DeleteFunc(g.by, func(_ string, who *guesser) bool { return now.Sub(who.next) > forgetAfter })
	}
	if len(g.by) >= maxGuessers && g.by[host] == nil {
		host = ""
	}
	who := g.by[host]
	if who == nil || now.Sub(who.next) > forgetAfter {
		who = &guesser{}
		g.by[host] = who
	}
	who.wrong++
	if who.next.Before(now) {
		who.next = now
	}
	if who.wrong > freeGuesses {
		who.next = who.next.Add(guessPause)
	}
	return who.next.Sub(now)
}

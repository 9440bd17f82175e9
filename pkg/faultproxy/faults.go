package faultproxy

import (
	"bytes"
	"maps"
	"slices"
	"time"
)

// SetUpstream cuts all connections and leads new ones to another server; with an empty address they are
// refused.
func (p *Proxy) SetUpstream(addr string) {
	p.mu.Lock()
	p.upstream = addr
	p.mu.Unlock()
	p.Cut()
}

// Refuse cuts all connections and refuses new ones; Refuse(false) accepts them again.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	p.refuses = refuse
	p.mu.Unlock()
	if refuse {
		p.Cut()
	}
}

// Cut closes all open connections; new ones are accepted.
func (p *Proxy) Cut() {
	for _, l := range p.open() {
		l.close()
	}
}

// Reset resets all open connections. For a while before, what the servers answer on them is dropped, while
// requests still arrive: the worst moment for a fault is between the two.
func (p *Proxy) Reset(dropAnswers time.Duration) {
	links := p.open()
	for _, l := range links {
		l.mute.Store(true)
	}
	time.Sleep(dropAnswers)
	for _, l := range links {
		reset(l.client)
		reset(l.server)
	}
}

// Stall stops forwarding on open and new connections without closing any, as a pulled cable does. Resume
// undoes it.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled == nil {
		p.stalled = make(chan struct{})
	}
}

// Resume ends Stall.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled != nil {
		close(p.stalled)
		p.stalled = nil
	}
}

// SetDelay holds back for that long whatever is said from now on.
func (p *Proxy) SetDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Side is who speaks.
type Side int

// The sides: the client, the server, or the client on the data connections of FTP.
const (
	Client Side = iota
	Server
	Data
)

// trigger calls then when a side has said a word and so many bytes.
type trigger struct {
	side Side
	word []byte
	skip int
	then func() bool
	said int
}

// On calls then once, when side next says word, before it is passed on. If then returns false, it is not
// passed on, and the connection is closed. A word that arrives in two pieces is not seen.
func (p *Proxy) On(side Side, word string, then func() bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.triggers = append(p.triggers, &trigger{side: side, word: []byte(word), then: then})
}

// After is On for the moment when side has said so many bytes, over all connections.
func (p *Proxy) After(side Side, bytes int, then func() bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.triggers = append(p.triggers, &trigger{side: side, skip: bytes, then: then})
}

func (p *Proxy) open() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	links := slices.Collect(maps.Keys(p.links))
	for _, d := range p.data {
		links = append(links, d.open()...)
	}
	return links
}

// passes calls the triggers, waits while the line is stalled or slow, and reports whether to pass on what
// was said.
func (p *Proxy) passes(side Side, said []byte) bool {
	if p.control != nil {
		if side == Client {
			side = Data
		}
		p = p.control
	}
	ok := p.fire(side, said)
	p.mu.Lock()
	stalled, delay := p.stalled, p.delay
	p.mu.Unlock()
	time.Sleep(delay)
	if stalled != nil {
		<-stalled
	}
	return ok
}

// fire calls the triggers that this is for, outside of the lock.
func (p *Proxy) fire(side Side, said []byte) bool {
	p.mu.Lock()
	var fired []*trigger
	rest := p.triggers[:0]
	for _, t := range p.triggers {
		if t.side == side {
			t.said += len(said)
		}
		if t.side == side && bytes.Contains(said, t.word) && t.said >= t.skip {
			fired = append(fired, t)
		} else {
			rest = append(rest, t)
		}
	}
	p.triggers = rest
	p.mu.Unlock()
	pass := true
	for _, t := range fired {
		pass = t.then() && pass
	}
	return pass
}

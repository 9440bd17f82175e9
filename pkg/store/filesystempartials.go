package store

import (
	"strings"
	"sync"
)

// partials are the files under incoming that are being uploaded, by their paths. Each is written by
// one connection at a time: whoever comes to go on with a file has lost the connection before, which
// may hang here for long and still have something to write.
type partials struct {
	mu   sync.Mutex
	open map[string]*partial
}

type partial struct {
	cut   func()
	ended chan struct{}
}

// begin cuts the connection that writes to path, if there is one, and is the one that writes there
// until end is called.
func (p *partials) begin(path string, cut func()) (end func()) {
	mine := &partial{cut, make(chan struct{})}
	p.quiet(path, func() { p.open[path] = mine })
	return func() {
		p.mu.Lock()
		delete(p.open, path)
		p.mu.Unlock()
		close(mine.ended)
	}
}

// quiet runs f while nobody writes to path or below it, after cutting those who do.
func (p *partials) quiet(path string, f func()) {
	for {
		p.mu.Lock()
		other := p.at(path)
		if other == nil {
			defer p.mu.Unlock()
			f()
			return
		}
		p.mu.Unlock()
		other.cut()
		<-other.ended
	}
}

func (p *partials) at(path string) *partial {
	for where, open := range p.open {
		if where == path || strings.HasPrefix(where, path+"/") {
			return open
		}
	}
	return nil
}

package photo

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// reached remembers at which address each host was reached last.
type reached struct {
	mu sync.Mutex
	by map[string]netip.Addr // by host and port
}

// maxReached bounds what strangers can make us remember.
const maxReached = 10_000

func (r *reached) at(host string) netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by[host]
}

func (r *reached) note(host string, a netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil || len(r.by) >= maxReached {
		r.by = make(map[string]netip.Addr)
	}
	r.by[host] = a
}

// mayAsk reports whether a host may be asked now; else the error is an [*Error] of kind [PutOff].
func (g *guard) mayAsk(ctx context.Context, host string, at netip.Addr) error {
	if g.ask == nil {
		return nil
	}
	if wait, ok := g.ask(ctx, host, at); !ok {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		return &Error{Kind: PutOff, Host: host, Wait: max(wait, time.Second)}
	}
	return nil
}

package download

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"smalti/pkg/photo"
)

// addressCache remembers the last address of each host.
type addressCache struct {
	mu     sync.Mutex
	byHost map[string]netip.Addr // by host and port
}

// maxHosts bounds the memory that strangers can use.
const maxHosts = 10_000

func (r *addressCache) get(host string) netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byHost[host]
}

func (r *addressCache) set(host string, a netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byHost == nil || len(r.byHost) >= maxHosts {
		r.byHost = make(map[string]netip.Addr)
	}
	r.byHost[host] = a
}

// checkAllowed asks [Config.Allow] whether a request may be sent now. If not, the error is of kind
// [photo.PutOff].
func (g *guard) checkAllowed(ctx context.Context, host string, at netip.Addr) error {
	if g.allow == nil {
		return nil
	}
	if wait, ok := g.allow(ctx, host, at); !ok {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		return &photo.Error{Kind: photo.PutOff, Host: host, Wait: max(wait, time.Second)}
	}
	return nil
}

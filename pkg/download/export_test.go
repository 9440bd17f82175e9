package download

import (
	"context"
	"net"
	"net/url"
	"syscall"
)

// What the tests look at besides the exported names.
var (
	Numeric    = numeric
	Public     = isPublic
	RetryAfter = retryAfter
	Pause      = backoff
	ReadBody   = readBody
)

// OnDial has f told of each address that the guard lets through, instead of dialling it.
func (d *Downloader) OnDial(f func(address string) error) {
	dialer := d.client.Transport.(*guard).dialer
	judge := dialer.ControlContext
	dialer.ControlContext = func(ctx context.Context, network, address string, c syscall.RawConn) error {
		if err := judge(ctx, network, address, c); err != nil {
			return err
		}
		return f(address)
	}
}

// DialWith replaces the network.
func (d *Downloader) DialWith(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	d.client.Transport.(*guard).direct.DialContext = dial
}

// Allowed is whether the guard lets an address through before it is resolved, and MayDial whether it
// lets through what it was resolved to.
func (d *Downloader) Allowed(u *url.URL) error { return d.client.Transport.(*guard).checkURL(u) }
func (d *Downloader) MayDial(address string) error {
	return d.client.Transport.(*guard).control(context.Background(), "tcp", address, nil)
}

// Get fetches the bytes at u.
func (d *Downloader) Get(ctx context.Context, u *url.URL) ([]byte, error) {
	f, err := d.Fetch(ctx, u, Version{})
	return f.Data, err
}

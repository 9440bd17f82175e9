package photo

import (
	"context"
	"image"
	"net"
	"net/url"
	"syscall"
)

// What the tests look at besides the exported names.
var (
	Orientation = orientation
	Numeric     = numeric
	Centre      = centre
	Subject     = subject
	Public      = isPublic
)

// Shrink shrinks a picture in sRGB.
func Shrink(img image.Image, fx, fy int) *image.NRGBA { return shrink(source{Image: img}, fx, fy) }

// InQuads tells whether the blocks of img that begin at corner are added up straight.
func InQuads(img image.Image, corner image.Point, fx, fy int) bool {
	return as420(source{Image: img}, corner, fx, fy) != nil
}

const MaxScans = maxScans

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

// What is read from servers and from the cache.
var (
	RetryAfter = retryAfter
	Pause      = backoff
	PackTile   = packTile
	UnpackTile = unpackTile
	ParseAbout = parseEntry
)

// Allowed is whether the guard lets an address through before it is resolved, and MayDial whether it
// lets through what it was resolved to.
func (d *Downloader) Allowed(u *url.URL) error { return d.client.Transport.(*guard).checkURL(u) }
func (d *Downloader) MayDial(address string) error {
	return d.client.Transport.(*guard).control(context.Background(), "tcp", address, nil)
}

// HasProfile reports whether a picture names a colour space that is not sRGB.
func HasProfile(f Format, data []byte) bool { return profileOf(f, data) != nil }

// Get fetches the bytes at u.
func (d *Downloader) Get(ctx context.Context, u *url.URL) ([]byte, error) {
	f, err := d.Fetch(ctx, u, Version{})
	return f.Data, err
}

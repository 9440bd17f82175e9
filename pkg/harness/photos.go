//go:build linux

package harness

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net/http"
	"sync/atomic"
	"time"

	"smalti/pkg/pause"
	"smalti/pkg/portrait"
)

// Photos serves photos of made-up friends, as a social network would. They are drawn once: drawing takes
// longer than everything a worker does with them.
type Photos struct {
	server   http.Server
	url      string
	latency  time.Duration
	files    [PhotoCount][]byte
	requests atomic.Int64
}

const (
	PhotoCount = 100 // different photos
	photoSide  = 48
)

// ServePhotos starts a server at an address of this machine that takes latency to answer a request. Its photos are
// side pixels wide; 0: 48. The caller must close it.
func ServePhotos(ip string, side int, latency time.Duration) (*Photos, error) {
	if side == 0 {
		side = photoSide
	}
	p := &Photos{latency: latency}
	for i := range p.files {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, portrait.Draw(i, side), nil); err != nil {
			return nil, fmt.Errorf("drawing photos: %w", err)
		}
		p.files[i] = b.Bytes()
	}
	l, err := listen(at(ip, 0))
	if err != nil {
		return nil, err
	}
	p.url, p.server.Handler = "http://"+l.Addr().String(), p
	go func() { _ = p.server.Serve(l) }() // until Close
	return p, nil
}

// ServeHTTP serves the files at URL and UnreadableURL.
func (p *Photos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	var i int
	file := p.File
	if _, err := fmt.Sscanf(r.URL.Path, "/unreadable-%d.jpg", &i); err == nil {
		file = UnreadablePhoto
	} else if _, err := fmt.Sscanf(r.URL.Path, "/%d.jpg", &i); err != nil || i < 0 {
		http.NotFound(w, r)
		return
	}
	if pause.For(r.Context(), p.latency) {
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write(file(i)) // the client may be gone
	}
}

// URL is the address of photo i. Any i has its own address, but there are only PhotoCount different photos.
func (p *Photos) URL(i int) string { return fmt.Sprintf("%s/%d.jpg", p.url, i) }

// UnreadableURL is the address of a photo that cannot be decoded.
func (p *Photos) UnreadableURL(i int) string { return fmt.Sprintf("%s/unreadable-%d.jpg", p.url, i) }

// File is photo i as a JPEG.
func (p *Photos) File(i int) []byte { return p.files[i%PhotoCount] }

// Requests counts the requests so far.
func (p *Photos) Requests() int64 { return p.requests.Load() }

// UnreadablePhoto is a file that is a JPEG up to the size of its picture. Only decoding it shows that the
// rest is not.
func UnreadablePhoto(i int) []byte {
	frame := []byte{0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, photoSide, 0, photoSide, 1, 1, 0x11, 0} // SOI, SOF0
	return fmt.Appendf(frame, "unreadable photo %d", i)
}

// Close stops the server.
func (p *Photos) Close() { _ = p.server.Close() }

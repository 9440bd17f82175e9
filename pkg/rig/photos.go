//go:build linux

package rig

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"smalti/pkg/portrait"
)

// Photos serves the pictures of friends, as a social network would. They are drawn once, since
// drawing the demo's own takes longer than all that a worker does with them.
type Photos struct {
	server   *http.Server
	base     string
	files    [][]byte
	requests atomic.Int64
}

const (
	// PhotoCount is how many different pictures there are.
	PhotoCount = 100
	photoSide  = 48
)

// ServePhotos starts a server at an address of this machine that answers each request after so long.
func ServePhotos(ip string, latency time.Duration) (*Photos, error) {
	p := &Photos{files: make([][]byte, PhotoCount)}
	for i := range p.files {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, portrait.Draw(i, photoSide), nil); err != nil {
			return nil, fmt.Errorf("drawing photos: %w", err)
		}
		p.files[i] = b.Bytes()
	}
	l, err := net.Listen("tcp", at(ip, 0))
	if err != nil {
		return nil, err
	}
	p.base = "http://" + l.Addr().String()
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		var i int
		_, err := fmt.Sscanf(r.URL.Path, "/%d.jpg", &i)
		_, broken := fmt.Sscanf(r.URL.Path, "/broken-%d.jpg", &i)
		if err != nil && broken != nil || i < 0 {
			http.NotFound(w, r)
			return
		}
		select {
		case <-time.After(latency):
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		if broken == nil {
			w.Write(Unreadable(i))
			return
		}
		w.Write(p.File(i))
	})}
	go p.server.Serve(l)
	return p, nil
}

// URL is the address of picture i, of any number: each has an address of its own, and shows one of
// PhotoCount pictures.
func (p *Photos) URL(i int) string { return fmt.Sprintf("%s/%d.jpg", p.base, i) }

// BrokenURL is the address of a photo that nobody can read.
func (p *Photos) BrokenURL(i int) string { return fmt.Sprintf("%s/broken-%d.jpg", p.base, i) }

// File is picture i as a JPEG.
func (p *Photos) File(i int) []byte { return p.files[i%PhotoCount] }

// Requests is how many requests came so far.
func (p *Photos) Requests() int64 { return p.requests.Load() }

// Unreadable is a file that begins as a JPEG does, up to the size of its picture, and then makes no
// sense: only who decodes it can tell.
func Unreadable(i int) []byte {
	frame := []byte{0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, photoSide, 0, photoSide, 1, 1, 0x11, 0} // SOI, SOF0
	return fmt.Appendf(frame, "unreadable photo %d", i)
}

// Close ends the server.
func (p *Photos) Close() { p.server.Close() }

//go:build linux

package rig

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net"
	"net/http"
	"time"

	"smalti/pkg/friends"
)

// Photos serves the pictures of friends, as a social network would. They are drawn once, since
// drawing the demo's own takes longer than all that a worker does with them.
type Photos struct {
	server *http.Server
	base   string
}

const (
	// PhotoCount is how many different pictures there are.
	PhotoCount = 100
	photoSide  = 48
)

// ServePhotos starts a server that answers each request after so long.
func ServePhotos(latency time.Duration) (*Photos, error) {
	files := make([][]byte, PhotoCount)
	for i := range files {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, friends.Portrait(i, photoSide), nil); err != nil {
			return nil, fmt.Errorf("drawing photos: %w", err)
		}
		files[i] = b.Bytes()
	}
	l, err := net.Listen("tcp", at(ServerIP, 0))
	if err != nil {
		return nil, err
	}
	p := &Photos{base: "http://" + l.Addr().String()}
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d.jpg", &i); err != nil || i < 0 {
			http.NotFound(w, r)
			return
		}
		select {
		case <-time.After(latency):
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		w.Write(files[i%PhotoCount])
	})}
	go p.server.Serve(l)
	return p, nil
}

// URL is the address of picture i, of any number: each has an address of its own, and shows one of
// PhotoCount pictures.
func (p *Photos) URL(i int) string { return fmt.Sprintf("%s/%d.jpg", p.base, i) }

// Close ends the server.
func (p *Photos) Close() { p.server.Close() }

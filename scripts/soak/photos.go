//go:build linux

package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net"
	"net/http"

	"smalti/pkg/friends"
)

// photos serves the pictures of the friends, as a social network would. They are drawn once, since
// drawing the demo's own takes longer than all that a worker does with them.
type photos struct {
	server *http.Server
	base   string
}

const (
	photoCount = 100
	photoSide  = 48
)

func servePhotos() (*photos, error) {
	files := make([][]byte, photoCount)
	for i := range files {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, friends.Portrait(i, photoSide), nil); err != nil {
			return nil, fmt.Errorf("drawing photos: %w", err)
		}
		files[i] = b.Bytes()
	}
	l, err := net.Listen("tcp", at(serverIP, 0))
	if err != nil {
		return nil, err
	}
	p := &photos{base: "http://" + l.Addr().String()}
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d.jpg", &i); err != nil || i < 0 || i >= len(files) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/jpeg")
		w.Write(files[i])
	})}
	go p.server.Serve(l)
	return p, nil
}

func (p *photos) url(i int) string { return fmt.Sprintf("%s/%d.jpg", p.base, i) }

func (p *photos) close() { p.server.Close() }

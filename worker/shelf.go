package main

import (
	"context"
	"io"
	"os"

	"smalti/pkg/photo"
	"smalti/pkg/portrait"
)

// shelf stands in for the store: its upload addresses are files of this machine.
type shelf struct {
	batch string
	files map[string]string // path by name
}

// put gives a file an address.
func (s *shelf) put(name, path string) string {
	s.files[name] = path
	return "upload:" + s.batch + "/" + name
}

func (s *shelf) open(_ context.Context, _, name string) (io.ReadCloser, error) {
	return os.Open(s.files[name])
}

func (s *shelf) gatherer() *photo.Gatherer {
	return &photo.Gatherer{Upload: s.open, Demo: portrait.Draw}
}

package main

import (
	"context"
	"io"
	"os"

	"smalti/pkg/gather"
	"smalti/pkg/portrait"
)

// localFiles stand in for the uploads of a store.
type localFiles struct {
	batch string
	paths map[string]string // by name
}

// put returns the upload address that stands for a file.
func (f *localFiles) put(name, path string) string {
	f.paths[name] = path
	return "upload:" + f.batch + "/" + name
}

func (f *localFiles) open(_ context.Context, _, name string) (io.ReadCloser, error) {
	return os.Open(f.paths[name])
}

func (f *localFiles) gatherer() *gather.Gatherer {
	return &gather.Gatherer{Upload: f.open, Demo: portrait.Draw}
}

package main

import (
	"bytes"
	"embed"
	"net/http"
	"time"
)

//go:generate go run ../scripts/hero -static static -readme ../scripts/hero/mosaic.jpg

// pageFiles are what the pages are made of.
//
//go:embed templates/*.html static
var pageFiles embed.FS

//go:embed openapi.json
var openAPI []byte

func (s *server) getOpenAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(openAPI))
}

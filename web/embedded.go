package main

import "embed"

//go:generate go run ../scripts/hero -static static -readme ../scripts/hero/mosaic.jpg

// pageFiles are what the pages are made of.
//
//go:embed templates/*.html static
var pageFiles embed.FS

//go:embed openapi.json
var openAPI []byte

package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Browsers and robots look for some files where nobody told them to, and find them without a login or a limit.
func TestFilesAtFixedAddresses(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	for path, mediaType := range map[string]string{
		"/favicon.ico": "image/x-icon", "/apple-touch-icon.png": "image/png", "/icon-512.png": "image/png",
		"/mark.svg": "image/svg+xml", "/robots.txt": "text/plain; charset=utf-8", "/site.webmanifest": "application/manifest+json",
	} {
		code, body, h := get(t, base+path)
		if code != http.StatusOK || h.Get("Content-Type") != mediaType || len(body) == 0 {
			t.Errorf("%s: %d, %q, %d bytes", path, code, h.Get("Content-Type"), len(body))
		}
		// Their addresses never change, so they may not be kept for ever.
		if keep := h.Get("Cache-Control"); strings.Contains(keep, "immutable") || !strings.Contains(keep, "max-age=") {
			t.Errorf("%s: %q", path, keep)
		}
	}

	_, body, _ := get(t, base+"/site.webmanifest")
	var m struct {
		Icons []struct{ Src string } `json:"icons"`
	}
	if err := json.Unmarshal(body, &m); err != nil || len(m.Icons) == 0 {
		t.Fatalf("the manifest: %v: %s", err, body)
	}
	for _, icon := range m.Icons {
		if code, _, _ := get(t, base+icon.Src); code != http.StatusOK {
			t.Errorf("icon %s: %d", icon.Src, code)
		}
	}
}

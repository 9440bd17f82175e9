package download

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"smalti/pkg/photo"
)

// Version identifies the state of a photo, to ask its server whether it has changed (RFC 9110, 8.8). It is
// empty if the server did not send any.
type Version struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"` // Last-Modified, as the server wrote it
}

// maxVersion is longer than any reasonable ETag.
const maxVersion = 256

// Usable drops what must not be sent in a header.
func (v Version) Usable() Version {
	clean := func(s string) string {
		if len(s) > maxVersion || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return ""
		}
		return s
	}
	return Version{clean(v.ETag), clean(v.Modified)}
}

// Fetched is the answer of a server.
type Fetched struct {
	Data           []byte  // nil when Unchanged
	Unchanged      bool    // it still is the version that was known
	Version        Version // of Data
	NoStore        bool    // the server wants nobody to keep it (Cache-Control: no-store)
	MustRevalidate bool    // the server wants to be asked each time (no-cache, max-age=0)

	large *semaphore.Weighted // of which it holds one
}

// Release is to be called once when Data is no longer held: large photos may be waiting for that.
func (f *Fetched) Release() {
	if f.large != nil {
		f.large.Release(1)
	}
}

// request sends one request and follows redirects.
func (d *Downloader) request(ctx context.Context, u *url.URL, known Version) (Fetched, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Fetched{}, &photo.Error{Kind: photo.Refused, Err: err}
	}
	r.Header.Set("User-Agent", d.config.UserAgent)
	// WebP takes longer to decode, and what others there are is not asked for.
	r.Header.Set("Accept", "image/jpeg, image/png, image/gif;q=0.9, image/webp;q=0.8, */*;q=0.1")
	if known = known.Usable(); known.ETag != "" {
		r.Header.Set("If-None-Match", known.ETag)
	} else if known.Modified != "" {
		r.Header.Set("If-Modified-Since", known.Modified)
	}
	resp, err := d.client.Do(r)
	if err != nil {
		return Fetched{}, err
	}
	defer resp.Body.Close()
	f := Fetched{Version: Version{resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")}.Usable()}
	f.NoStore, f.MustRevalidate = cacheControl(resp.Header)
	switch {
	case isWhole(resp):
	case resp.StatusCode == http.StatusNotModified && known != Version{}:
		f.Unchanged, f.Version = true, known
		return f, nil
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return Fetched{}, &photo.Error{Kind: photo.Gone, Status: resp.StatusCode}
	default:
		return Fetched{}, &busyError{&photo.Error{Kind: photo.Unreachable, Status: resp.StatusCode}, retryAfter(resp.Header, time.Now())}
	}
	grow := func() error {
		if err := d.large.Acquire(ctx, 1); err != nil {
			return err
		}
		f.large = d.large
		return nil
	}
	if f.Data, err = readBody(resp, d.config.Limits, grow); err != nil {
		f.Release()
		return Fetched{}, err
	}
	return f, nil
}

// cacheControl reads the two directives of Cache-Control that matter here (RFC 9111, 5.2.2).
func cacheControl(h http.Header) (private, fleeting bool) {
	for _, line := range h.Values("Cache-Control") {
		for directive := range strings.SplitSeq(strings.ToLower(line), ",") {
			switch strings.TrimSpace(directive) {
			case "no-store":
				private = true
			case "no-cache", "max-age=0":
				fleeting = true
			}
		}
	}
	return private, fleeting
}

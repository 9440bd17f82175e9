package lookup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/sync/semaphore"

	"smalti/pkg/cache"
	"smalti/pkg/download"
	"smalti/pkg/friends"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/photo"
	"smalti/pkg/portrait"
	"smalti/web/internal/problem"
)

// What a small picture of a friend may cost, and all of them together. Networks give out far less.
const (
	thumbSide     = 64 // pixels; the page shows them at 40
	thumbBytes    = 5 << 20
	thumbPixels   = 8_000_000
	thumbMemory   = 192 << 20 // decodes the worst picture of so many pixels
	thumbsAtOnce  = 24        // in this process, each with up to thumbBytes
	thumbPatience = 15 * time.Second
)

// Thumbs makes small pictures of photos elsewhere. It has a downloader of its own, so that visitors
// who look around take nothing from the workers in this process.
type Thumbs struct {
	photos *gather.Gatherer
	seats  *semaphore.Weighted
	close  func()
}

// askHost says whether a host may be asked for something now; see [download.Config].
type askHost = func(ctx context.Context, host string, at netip.Addr) (wait time.Duration, ok bool)

// NewThumbs makes them from the photos that are kept and those that hosts may be asked for.
func NewThumbs(kept *cache.Cache, ask askHost, allowPrivate bool) *Thumbs {
	limits := photo.Limits{Bytes: thumbBytes, Pixels: thumbPixels, NoHEIF: true} // no process is started for a visitor who looks around
	download := download.New(download.Config{
		Limits: limits, Timeout: 10 * time.Second, Tries: 2, AtOnce: thumbsAtOnce, AllowPrivate: allowPrivate, Allow: ask,
	})
	return &Thumbs{
		photos: &gather.Gatherer{
			Web: download.Fetch, Demo: portrait.Draw, Cache: kept, Limits: limits, Memory: thumbMemory, Timeout: thumbPatience,
		},
		seats: semaphore.NewWeighted(thumbsAtOnce),
		close: download.Close,
	}
}

// Close ends what is being downloaded.
func (t *Thumbs) Close() error { t.close(); return nil }

// get gives the photo at an address as a small JPEG.
func (t *Thumbs) get(ctx context.Context, address string) ([]byte, error) {
	waiting, cancel := context.WithTimeout(ctx, thumbPatience)
	defer cancel()
	if err := t.seats.Acquire(waiting, 1); err != nil {
		return nil, problem.Unavailable(message.New("problem.thumbs_busy"))
	}
	defer t.seats.Release(1)
	got := t.photos.Tiles(ctx, []job.Friend{{Photo: address}}, thumbSide, nil)[0]
	if got.Err != nil {
		return nil, got.Err
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, got.Tile, &jpeg.Options{Quality: 80})
	return b.Bytes(), err
}

var errNoThumb = problem.New(http.StatusNotFound, message.New("problem.no_thumb"))

// Thumb shows who is on a list. Its address names a place on a list that was looked up here, never
// a place elsewhere.
func (s *Handler) Thumb(w http.ResponseWriter, r *http.Request) {
	small, err := s.thumb(r)
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	sum := sha256.Sum256(small)
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(small))
}

func (s *Handler) thumb(r *http.Request) ([]byte, error) {
	if err := notCrossSite(r); err != nil {
		return nil, err
	}
	at := mux.Vars(r)
	page, err1 := strconv.Atoi(at["page"])
	n, err2 := strconv.Atoi(at["n"])
	if err1 != nil || err2 != nil {
		return nil, errNoThumb
	}
	address, err := s.Lists.Photo(r.Context(), at["list"], page, n)
	if friends.KindOf(err) == friends.Forgotten {
		return nil, errNoThumb
	}
	if err != nil {
		return nil, s.problemOf(err)
	}
	small, err := s.Thumbs.get(r.Context(), address)
	if _, ok := errors.AsType[*photo.Error](err); ok {
		s.Log.Debug("showing a friend", "error", err)
		return nil, errNoThumb
	}
	return small, err
}

func thumbPath(list string, page, n int) string {
	return fmt.Sprintf("/api/v1/friends/%s/%d/%d/thumb", list, page, n)
}

package gather_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smalti/pkg/download"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/photo"
)

func friends(addresses ...string) []job.Friend {
	list := make([]job.Friend, len(addresses))
	for i, a := range addresses {
		list[i] = job.Friend{ID: fmt.Sprint(i), Photo: a}
	}
	return list
}

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

func demo(n, side int) *image.NRGBA { return flat(side, side, color.NRGBA{uint8(n), 0, 0, 255}) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGatherer(t *testing.T) {
	batch := job.NewID()
	var fetched atomic.Int32
	pic := func(c color.NRGBA) []byte { return asPNG(t, flat(50, 40, c)) }
	g := &gather.Gatherer{
		Web: func(_ context.Context, u *url.URL, _ download.Version) (download.Fetched, error) {
			fetched.Add(1)
			if u.Path == "/gone" {
				return download.Fetched{}, &photo.Error{Kind: photo.Gone, Status: 404}
			}
			return download.Fetched{Data: pic(green)}, nil
		},
		Upload: func(_ context.Context, b, name string) (io.ReadCloser, error) {
			switch {
			case b != batch:
				t.Errorf("batch %q", b)
			case name == "none":
				return nil, fmt.Errorf("opening: %w", fs.ErrNotExist)
			case name == "text":
				return io.NopCloser(strings.NewReader("Dear Zoë")), nil
			case name == "large":
				return io.NopCloser(io.LimitReader(endless{}, 1<<30)), nil
			}
			return io.NopCloser(bytes.NewReader(pic(blue))), nil
		},
		Demo:   demo,
		Limits: photo.Limits{Bytes: 1 << 20},
		Memory: 1, // everything needs more: one at a time
	}
	list := friends("demo:7", "https://example.org/a", "upload:"+batch+"/0001", "https://example.org/gone",
		"upload:"+batch+"/none", "upload:"+batch+"/text", "upload:"+batch+"/large", "https://example.org/a", "mailto:x", "demo:200")
	served := make([]gather.Result, len(list))
	var calls atomic.Int32
	results := g.Tiles(t.Context(), list, 24, func(who []int, r gather.Result) {
		calls.Add(1)
		for _, i := range who {
			served[i] = r
		}
	})
	if !slices.Equal(served, results) || len(results) != len(list) || calls.Load() != int32(len(list)-1) {
		t.Errorf("%d results, not those that were served in %d calls for %d addresses", len(results), calls.Load(), len(list)-1)
	}
	for i, want := range []any{
		color.NRGBA{7, 0, 0, 255}, green, blue, photo.Gone, photo.Gone, photo.Unsupported, photo.TooLarge, green, photo.Refused, color.NRGBA{200, 0, 0, 255},
	} {
		r := results[i]
		switch want := want.(type) {
		case color.NRGBA:
			if r.Err != nil || r.Tile.Rect != image.Rect(0, 0, 24, 24) {
				t.Errorf("%d: %v", i, r.Err)
				continue
			}
			wantColour(t, r.Tile, 12, 12, want)
		case photo.Kind:
			if e, ok := errors.AsType[*photo.Error](r.Err); !ok || e.Kind != want || r.Tile != nil {
				t.Errorf("%d: got %v, want kind %s", i, r.Err, want)
			}
		}
	}
	if n := fetched.Load(); n != 2 {
		t.Errorf("%d downloads of 2 addresses", n)
	}
	if results[1].Tile != results[7].Tile {
		t.Error("the same address gave two tiles")
	}

	target, err := g.Target(t.Context(), "https://example.org/target", 25)
	if err != nil || target.Rect != image.Rect(0, 0, 25, 20) {
		t.Errorf("target: %v", err)
	}
	_, err = g.Target(t.Context(), "upload:"+batch+"/text", 100)
	if s := sentence(t, err); !strings.Contains(s, "text file") {
		t.Errorf("sentence %q", s)
	}
	if target, err = g.Target(t.Context(), "demo:0", 30); err != nil || target.Rect.Dx() != 30 {
		t.Errorf("demo target: %v", err)
	}
}

func TestGathererWithoutASource(t *testing.T) {
	var g gather.Gatherer
	for i, r := range g.Tiles(t.Context(), friends("demo:1", "https://example.org/a", "upload:"+job.NewID()+"/a"), 8, nil) {
		if r.Err == nil || sentence(t, r.Err) == "" {
			t.Errorf("%d: %v", i, r.Err)
		}
	}
	if got := g.Tiles(t.Context(), nil, 8, nil); len(got) != 0 {
		t.Errorf("%d results of no friends", len(got))
	}
}

func TestGathererStopsWhenToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var inside atomic.Int32
	g := &gather.Gatherer{Parallel: 3, Web: func(ctx context.Context, _ *url.URL, _ download.Version) (download.Fetched, error) {
		if inside.Add(1) == 3 {
			cancel()
		}
		<-ctx.Done()
		return download.Fetched{}, ctx.Err()
	}}
	list := make([]job.Friend, 1000)
	for i := range list {
		list[i].Photo = fmt.Sprintf("https://example.org/%d", i)
	}
	for i, r := range g.Tiles(ctx, list, 8, nil) {
		if !errors.Is(r.Err, context.Canceled) {
			t.Fatalf("%d: %v", i, r.Err)
		}
	}
	if n := inside.Load(); n != 3 {
		t.Errorf("%d downloads were begun, want 3", n)
	}
}

// endless is an endless reader.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Work on one photo need not wait for the others.
func TestPhotosAreServedWhileOthersAreOnTheirWay(t *testing.T) {
	data, first := asPNG(t, flat(50, 40, green)), make(chan struct{})
	g := &gather.Gatherer{Web: func(ctx context.Context, u *url.URL, _ download.Version) (download.Fetched, error) {
		if u.Path == "/second" {
			select {
			case <-first:
			case <-ctx.Done():
				return download.Fetched{}, ctx.Err()
			}
		}
		return download.Fetched{Data: data}, nil
	}, Timeout: 10 * time.Second}
	results := g.Tiles(t.Context(), friends("https://example.org/second", "https://example.org/first"), 8, func(who []int, r gather.Result) {
		if who[0] == 1 && r.Tile != nil {
			close(first)
		}
	})
	for i, r := range results {
		if r.Err != nil {
			t.Errorf("%d: %v", i, r.Err)
		}
	}
}

package gather_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"smalti/pkg/download"
	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/photo"
)

// What the store says of itself is said of no photo: it is asked again, and then nobody is served, for
// nobody may be left out of the mosaic.
func TestTroubleOfTheStoreIsNoPhotosFault(t *testing.T) {
	batch := job.NewID()
	list := friends("upload:"+batch+"/0001", "upload:"+batch+"/0002", "upload:"+batch+"/0003")
	picture := asPNG(t, flat(50, 40, green))
	for name, trouble := range map[string]struct {
		err   error
		tries int64 // that fail
		asked int64 // for 0002
	}{
		"421, once":              {&textproto.Error{Code: 421, Msg: "too many"}, 1, 2},
		"421":                    {&textproto.Error{Code: 421, Msg: "too many"}, 100, 3},
		"450":                    {&textproto.Error{Code: 450, Msg: "busy"}, 100, 3},
		"end of the connection":  {io.EOF, 100, 3},
		"a deadline":             {context.DeadlineExceeded, 100, 3},
		"no use in trying again": {fmt.Errorf("%w: lost", gather.ErrStore), 100, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked atomic.Int64
				g := &gather.Gatherer{
					Parallel: 1,
					Upload: func(_ context.Context, _, name string) (io.ReadCloser, error) {
						if name == "0002" && asked.Add(1) <= trouble.tries {
							return nil, fmt.Errorf("reading: %w", trouble.err)
						}
						return io.NopCloser(bytes.NewReader(picture)), nil
					},
				}
				results := g.Tiles(t.Context(), list, 24, nil)
				failed := slices.ContainsFunc(results, func(r gather.Result) bool { return errors.Is(r.Err, gather.ErrStore) })
				for i, r := range results {
					if own, ok := errors.AsType[*photo.Error](r.Err); ok {
						t.Errorf("friend %d is to blame: %v", i, own)
					}
				}
				if want := trouble.tries > 1; failed != want || asked.Load() != trouble.asked {
					t.Errorf("asked %d times, failed %v", asked.Load(), failed)
				}
			})
		})
	}
}

// A target from the store is no different, and a connection that ends in the middle of a photo neither.
func TestAPhotoThatBreaksOffIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picture := asPNG(t, flat(50, 40, green))
		half, asked := true, 0
		g := &gather.Gatherer{Upload: func(context.Context, string, string) (io.ReadCloser, error) {
			if asked++; half {
				return io.NopCloser(io.MultiReader(bytes.NewReader(picture[:20]), iotest.ErrReader(io.ErrUnexpectedEOF))), nil
			}
			return io.NopCloser(bytes.NewReader(picture)), nil
		}}
		if _, err := g.Target(t.Context(), "upload:"+job.NewID()+"/target", 64); !errors.Is(err, gather.ErrStore) || asked != 3 {
			t.Errorf("asked %d times: %v", asked, err)
		}
		half = false
		if _, err := g.Target(t.Context(), "upload:"+job.NewID()+"/target", 64); err != nil {
			t.Error(err)
		}
	})
}

// The patience is for strangers' servers: a store that is waited for takes it from nobody.
func TestUploadsAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picture := asPNG(t, flat(50, 40, green))
		g := &gather.Gatherer{
			Parallel: 1,
			Upload: func(context.Context, string, string) (io.ReadCloser, error) {
				time.Sleep(10 * time.Minute)
				return io.NopCloser(bytes.NewReader(picture)), nil
			},
			Web: func(context.Context, *url.URL, download.Version) (download.Fetched, error) {
				return download.Fetched{Data: picture}, nil
			},
		}
		for i, r := range g.Tiles(t.Context(), friends("upload:"+job.NewID()+"/0001", "https://example.org/a"), 24, nil) {
			if r.Err != nil {
				t.Errorf("friend %d: %v", i, r.Err)
			}
		}
	})
}

// Uploads may be larger than downloads, but only one such is held at a time.
func TestLargeUploadsAreReadOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picture := append(asPNG(t, flat(50, 40, green)), make([]byte, photo.DefaultDownloadBytes)...)
		var held, most atomic.Int32
		g := &gather.Gatherer{Parallel: 3, Upload: func(context.Context, string, string) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(picture), readerFunc(func([]byte) (int, error) {
				// The end is reached only by a reading without the limit of downloads.
				most.Store(max(most.Load(), held.Add(1)))
				time.Sleep(time.Second)
				held.Add(-1)
				return 0, io.EOF
			}))), nil
		}}
		id := job.NewID()
		for i, r := range g.Tiles(t.Context(), friends("upload:"+id+"/0001", "upload:"+id+"/0002", "upload:"+id+"/0003"), 24, nil) {
			if r.Err != nil {
				t.Errorf("friend %d: %v", i, r.Err)
			}
		}
		if most.Load() != 1 {
			t.Errorf("%d were read at once", most.Load())
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Several mosaics at once hold no more uploads than one.
func TestMosaicsShareThePlacesOfUploads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picture := asPNG(t, flat(50, 40, green))
		var held, most atomic.Int32
		g := &gather.Gatherer{Parallel: 2, Upload: func(context.Context, string, string) (io.ReadCloser, error) {
			most.Store(max(most.Load(), held.Add(1)))
			time.Sleep(time.Second)
			held.Add(-1)
			return io.NopCloser(bytes.NewReader(picture)), nil
		}}
		var all sync.WaitGroup
		for range 3 {
			id := job.NewID()
			all.Go(func() {
				for i, r := range g.Tiles(t.Context(), friends("upload:"+id+"/0001", "upload:"+id+"/0002", "upload:"+id+"/0003"), 24, nil) {
					if r.Err != nil {
						t.Errorf("friend %d: %v", i, r.Err)
					}
				}
			})
		}
		all.Wait()
		if most.Load() != 2 {
			t.Errorf("%d uploads were held at once, want 2", most.Load())
		}
	})
}

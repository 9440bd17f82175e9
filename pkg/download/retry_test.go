package download_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/download"
	"smalti/pkg/photo"
)

// TestWhatMayPassIsTriedAgain counts how often a server is asked that always answers the same.
func TestWhatMayPassIsTriedAgain(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		switch path := r.URL.Path; path {
		case "/reset":
			panic(http.ErrAbortHandler)
		case "/cut":
			w.Header().Set("Content-Length", "50")
			fmt.Fprint(w, "only this")
		case "/tomorrow":
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/second":
			if n == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			fmt.Fprint(w, "bytes")
		default:
			var status int
			fmt.Sscanf(path, "/%d", &status)
			w.WriteHeader(status)
		}
	}))
	defer server.Close()
	for path, want := range map[string]int32{
		"/reset": 3, "/cut": 3, "/500": 3, "/502": 3, "/503": 3, "/504": 3, "/429": 3, "/second": 2,
		"/400": 1, "/401": 1, "/403": 1, "/404": 1, "/410": 1, "/501": 1, "/204": 1, "/304": 1, "/tomorrow": 1,
	} {
		// Connections that were used before would be tried once more by net/http itself.
		d := downloader(t, download.Config{})
		asked.Store(0)
		data, err := d.Get(t.Context(), mustURL(t, server.URL+path))
		if got := asked.Load(); got != want || (path == "/second") != (string(data) == "bytes" && err == nil) {
			t.Errorf("%s: asked %d times, want %d; %q, %v", path, got, want, data, err)
		}
		d.Close()
	}
}

func TestPauses(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, "-1": 0, "1.5": 0, "soon": 0, "99999999999999999999": 0, "4294967295": time.Hour,
		"Thu, 01 Jan 2026 00:00:30 GMT": 30 * time.Second, "Wed, 31 Dec 2025 23:00:00 GMT": 0, "Fri, 01 Jan 2027 00:00:00 GMT": time.Hour,
	} {
		if got := download.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
	for range 100 {
		for n, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second} {
			if got := download.Pause(time.Second, n, errors.New("reset")); got < want/2 || got >= want/2+want {
				t.Errorf("pause %d is %v", n, got)
			}
		}
	}
}

// inMemory is a downloader whose servers are in this process, so that time can be made to pass.
func inMemory(c download.Config, dial func() (net.Conn, error)) *download.Downloader {
	c.AllowPrivate, c.Proxy = true, noProxy
	d := download.New(c)
	d.DialWith(func(context.Context, string, string) (net.Conn, error) { return dial() })
	return d
}

func TestTheServersWishIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var asked []time.Duration
		d := inMemory(download.Config{}, func() (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				server.Read(make([]byte, 4096))
				asked = append(asked, time.Since(start).Truncate(time.Second))
				fmt.Fprint(server, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			}()
			return client, nil
		})
		defer d.Close()
		_, err := d.Get(t.Context(), mustURL(t, "http://photos.example/"))
		if e, ok := errors.AsType[*photo.Error](err); !ok || e.Status != 429 {
			t.Errorf("got %v", err)
		}
		if fmt.Sprint(asked) != "[0s 7s 14s]" {
			t.Errorf("asked at %v, want every 7 s", asked)
		}
	})
}

func TestASilentServerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		d := inMemory(download.Config{PerHost: 4, AtOnce: 100}, func() (net.Conn, error) {
			dials.Add(1)
			client, server := net.Pipe()
			context.AfterFunc(t.Context(), func() { server.Close() })
			go server.Read(make([]byte, 4096))
			return client, nil
		})
		defer d.Close()
		start := time.Now()
		u := mustURL(t, "http://silent.example/")
		errs := make(chan error)
		for range 1000 {
			go func() {
				_, err := d.Get(t.Context(), u)
				errs <- err
			}()
		}
		for range 1000 {
			if e, ok := errors.AsType[*photo.Error](<-errs); !ok || e.Kind != photo.Timeout {
				t.Fatal(e)
			}
		}
		if took := time.Since(start); took > 22*time.Second || dials.Load() > 8 {
			t.Errorf("a thousand photos of a silent server took %v, and %d connections", took, dials.Load())
		}
		time.Sleep(31 * time.Second)
		before := dials.Load()
		d.Get(t.Context(), u)
		if dials.Load() == before {
			t.Error("the host is given up for ever")
		}
	})
}

func TestNoMoreAtOnceThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		d := inMemory(download.Config{PerHost: 2, AtOnce: 3}, func() (net.Conn, error) {
			most.Store(max(most.Load(), now.Add(1)))
			client, server := net.Pipe()
			go func() {
				server.Read(make([]byte, 4096))
				time.Sleep(time.Second)
				now.Add(-1)
				fmt.Fprint(server, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
				server.Close()
			}()
			return client, nil
		})
		defer d.Close()
		start := time.Now()
		done := make(chan error)
		for i := range 12 {
			go func() {
				_, err := d.Get(t.Context(), mustURL(t, fmt.Sprintf("http://%c.example/", 'a'+i%4)))
				done <- err
			}()
		}
		for range 12 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); most.Load() != 3 || took != 4*time.Second {
			t.Errorf("%d at once, and all in %v; want 3, and 4 s", most.Load(), took)
		}
	})
}

func TestCancellingEndsTheWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := inMemory(download.Config{}, func() (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				server.Read(make([]byte, 4096))
				fmt.Fprint(server, "HTTP/1.1 503 Away\r\nRetry-After: 15\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			}()
			return client, nil
		})
		defer d.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := d.Get(ctx, mustURL(t, "http://busy.example/"))
		if took := time.Since(start); took != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// However many are downloaded, only so many large ones are held until whoever asked has done with them.
func TestFewLargePhotosAreHeld(t *testing.T) {
	for name, head := range map[string]string{"with a length": "Content-Length: 300000\r\n", "without one": ""} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := inMemory(download.Config{PerHost: 8, AtOnce: 8, Large: 2, Try: time.Minute, Timeout: time.Hour}, func() (net.Conn, error) {
					client, server := net.Pipe()
					go func() {
						server.Read(make([]byte, 4096))
						fmt.Fprintf(server, "HTTP/1.1 200 OK\r\n%sConnection: close\r\n\r\n%s", head, strings.Repeat("x", 300_000))
						server.Close()
					}()
					return client, nil
				})
				defer d.Close()
				var held, most atomic.Int32
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						f, err := d.Fetch(t.Context(), mustURL(t, "http://a.example/"), download.Version{})
						if err != nil || len(f.Data) != 300_000 {
							t.Error(len(f.Data), err)
						}
						most.Store(max(most.Load(), held.Add(1)))
						time.Sleep(time.Second)
						held.Add(-1)
						f.Release()
					})
				}
				all.Wait()
				if most.Load() != 2 {
					t.Errorf("%d large photos were held at once, want 2", most.Load())
				}
			})
		})
	}
}

// A large photo that never comes must not keep a place.
func TestLargePhotosThatFailFreeTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := inMemory(download.Config{Large: 1, Tries: 1}, func() (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				server.Read(make([]byte, 4096))
				fmt.Fprint(server, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\nConnection: close\r\n\r\nx")
				server.Close()
			}()
			return client, nil
		})
		defer d.Close()
		start := time.Now()
		for range 3 {
			if _, err := d.Fetch(t.Context(), mustURL(t, "http://a.example/"), download.Version{}); err == nil {
				t.Error("a photo came")
			}
		}
		if took := time.Since(start); took >= 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

package download_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"smalti/pkg/download"
	"smalti/pkg/photo"
)

// What real servers do although nobody asked for it.

func aPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnusualAnswers(t *testing.T) {
	const limit = 100_000
	picture := aPNG(t)
	packed := gzipped(t, picture)
	var deflated bytes.Buffer
	w := zlib.NewWriter(&deflated)
	w.Write(picture)
	w.Close()
	damaged := bytes.Clone(packed)
	damaged[len(damaged)-6] ^= 1 // of the CRC
	for name, tc := range map[string]struct {
		status  int
		headers string
		body    []byte
		kind    photo.Kind // empty: the picture comes
		says    string
	}{
		"gzip":                                  {200, "Content-Encoding: gzip", packed, "", ""},
		"gzip in capitals":                      {200, "Content-Encoding: X-GZIP", packed, "", ""},
		"gzip that is none":                     {200, "Content-Encoding: gzip", picture, "", ""},
		"no encoding, by name":                  {200, "Content-Encoding: identity", picture, "", ""},
		"a nonsense encoding that is none":      {200, "Content-Encoding: UTF-8", picture, "", ""},
		"br that is none":                       {200, "Content-Encoding: br", picture, "", ""},
		"deflate":                               {200, "Content-Encoding: deflate", deflated.Bytes(), photo.Encoded, "(deflate)"},
		"br":                                    {200, "Content-Encoding: br", []byte("\x1b\x00\x08\x00\xf8"), photo.Encoded, "(br)"},
		"zstd":                                  {200, "Content-Encoding: zstd", []byte("\x28\xb5\x2f\xfd\x04\x00"), photo.Encoded, "(zstd)"},
		"gzip twice":                            {200, "Content-Encoding: gzip, gzip", gzipped(t, packed), photo.Encoded, "(other)"},
		"a damaged gzip":                        {200, "Content-Encoding: gzip", damaged, photo.Broken, "damaged"},
		"a gzip bomb":                           {200, "Content-Encoding: gzip", gzipped(t, make([]byte, 50<<20)), photo.TooLarge, "larger than"},
		"a gzip of nothing":                     {200, "Content-Encoding: gzip", gzipped(t, nil), photo.Empty, "empty"},
		"gzip members of nothing without end":   {200, "Content-Encoding: gzip", bytes.Repeat(gzipped(t, nil), limit/20), photo.TooLarge, "limit"},
		"a gzip that ends too early":            {200, "Content-Encoding: gzip", packed[:len(packed)/2], photo.BrokenOff, "stopped before"},
		"203":                                   {203, "", picture, "", ""},
		"206 with all of it":                    {206, fmt.Sprintf("Content-Range: bytes 0-%d/%d", len(picture)-1, len(picture)), picture, "", ""},
		"206 with some of it":                   {206, fmt.Sprintf("Content-Range: bytes 0-9/%d", len(picture)), picture[:10], photo.Unreachable, "206"},
		"206 that does not say":                 {206, "", picture, photo.Unreachable, "206"},
		"a Content-Length that is too large":    {200, "Content-Length: " + strconv.Itoa(len(picture)+100), picture, "", ""},
		"a Content-Length beyond the limit":     {200, "Content-Length: 1000000", picture, photo.TooLarge, "limit is"},
		"a body that breaks off":                {200, "Content-Length: " + strconv.Itoa(len(picture)), picture[:50], photo.BrokenOff, "stopped before"},
		"a redirect to nowhere":                 {302, "", nil, photo.Unreachable, "302"},
		"a page under the name of a photo":      {200, "Content-Type: image/png", []byte("<!DOCTYPE html><p>Please log in"), photo.Unsupported, "web page"},
		"a packed page under the name of photo": {200, "Content-Encoding: gzip", gzipped(t, []byte("<html>Please log in")), photo.Unsupported, "web page"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				c, rw, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				if tc.headers != "" {
					tc.headers += "\r\n"
				}
				if !strings.Contains(tc.headers, "Content-Length") {
					tc.headers += fmt.Sprintf("Content-Length: %d\r\n", len(tc.body))
				}
				fmt.Fprintf(rw, "HTTP/1.1 %d Fine\r\n%sConnection: close\r\n\r\n%s", tc.status, strings.TrimPrefix(tc.headers, "\r\n"), tc.body)
				rw.Flush()
			}))
			defer server.Close()
			d := downloader(t, download.Config{Limits: photo.Limits{Bytes: limit}, Tries: 1})
			data, err := d.Get(t.Context(), mustURL(t, server.URL))
			if err == nil { // as whoever wants the picture does
				_, err = photo.Tile(data, 8, photo.Limits{})
			}
			if tc.kind == "" {
				if err != nil || !bytes.Equal(data, picture) {
					t.Errorf("%d bytes, %v", len(data), err)
				}
				return
			}
			if e, ok := errors.AsType[*photo.Error](err); !ok || e.Kind != tc.kind || !strings.Contains(e.Sentence(), tc.says) {
				t.Errorf("got %v, want kind %s and %q", err, tc.kind, tc.says)
			}
		})
	}
}

// TestRedirectsThatLeadNowhere: each server says where to go on, and whether it sets a cookie.
func TestRedirectsThatLeadNowhere(t *testing.T) {
	picture := aPNG(t)
	for name, tc := range map[string]struct {
		to      map[string]string // by path and query
		cookies bool
		kind    photo.Kind
		asked   int
	}{
		"to itself":                     {map[string]string{"/": "/"}, false, photo.RedirectLoop, 1},
		"to itself, with a fragment":    {map[string]string{"/": "/#x"}, false, photo.RedirectLoop, 1},
		"in a circle":                   {map[string]string{"/": "/a", "/a": "/b", "/b": "/a"}, false, photo.RedirectLoop, 3},
		"to itself, with a cookie":      {map[string]string{"/": "/"}, true, photo.CookieWall, 1},
		"by way of a page with cookies": {map[string]string{"/": "/consent?to=/", "/consent?to=/": "/"}, true, photo.CookieWall, 2},
		"counting its cookies": {map[string]string{"/": "/?n=1", "/?n=1": "/?n=2", "/?n=2": "/?n=3", "/?n=3": "/?n=4", "/?n=4": "/?n=5", "/?n=5": "/?n=6"},
			true, photo.CookieWall, 6},
		"counting":                 {map[string]string{"/": "/?n=1", "/?n=1": "/?n=2", "/?n=2": "/?n=3", "/?n=3": "/?n=4", "/?n=4": "/?n=5", "/?n=5": "/?n=6"}, false, photo.Redirects, 6},
		"another size, and cookie": {map[string]string{"/?s=1": "/?s=2", "/": "/?s=1"}, true, "", 3},
		"once":                     {map[string]string{"/": "/a"}, true, "", 2},
	} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			if tc.cookies {
				http.SetCookie(w, &http.Cookie{Name: "visitor", Value: strconv.Itoa(asked)})
			}
			if to, ok := tc.to[r.URL.RequestURI()]; ok {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusFound)
				return
			}
			w.Write(picture)
		}))
		_, err := downloader(t, download.Config{}).Get(t.Context(), mustURL(t, server.URL+"/"))
		server.Close()
		var kind photo.Kind
		if e, ok := errors.AsType[*photo.Error](err); ok {
			kind = e.Kind
		}
		if kind != tc.kind || asked != tc.asked {
			t.Errorf("%s: asked %d times, want %d; %v", name, asked, tc.asked, err)
		}
	}
}

// Servers that choose the format are asked for one that is decoded quickly, and never for one that few decode.
func TestWhatIsAskedFor(t *testing.T) {
	var accept string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accept = r.Header.Get("Accept")
		fmt.Fprint(w, "bytes")
	}))
	defer server.Close()
	if _, err := downloader(t, download.Config{}).Get(t.Context(), mustURL(t, server.URL)); err != nil {
		t.Fatal(err)
	}
	weight := map[string]string{}
	for part := range strings.SplitSeq(accept, ",") {
		format, q, _ := strings.Cut(strings.TrimSpace(part), ";q=")
		weight[format] = q
	}
	if weight["image/jpeg"] != "" || weight["image/png"] != "" || weight["image/webp"] <= "0" || weight["image/webp"] >= "1" {
		t.Errorf("Accept: %s", accept)
	}
	for _, format := range []string{"avif", "heic", "heif", "jxl", "image/*"} {
		if strings.Contains(accept, format) {
			t.Errorf("Accept names %s: %s", format, accept)
		}
	}
}

func FuzzReadBody(f *testing.F) {
	picture := aPNG(f)
	f.Add("gzip", gzipped(f, picture))
	f.Add("gzip", gzipped(f, picture)[:30])
	f.Add("", picture)
	f.Add("br", picture)
	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		const limit = 1000
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(body))
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(append([]byte(head), body...))), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Header.Set("Content-Encoding", coding)
		data, err := download.ReadBody(resp, photo.Limits{Bytes: limit}, func() error { return nil })
		if err == nil && (len(data) == 0 || len(data) > limit) {
			t.Errorf("%d bytes came", len(data))
		}
		if err == nil && coding == "" && !bytes.Equal(data, body) {
			t.Error("other bytes came")
		}
	})
}

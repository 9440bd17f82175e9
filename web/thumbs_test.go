package main

import (
	"bytes"
	"fmt"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
	"smalti/pkg/message"
)

// gallery is a Mastodon server whose people have the photos that serve gives, each at its number.
func gallery(t *testing.T, n int, serve http.HandlerFunc) *friendstest.Mastodon {
	t.Helper()
	there := httptest.NewServer(serve)
	t.Cleanup(there.Close)
	people := friendstest.Crowd("anna", n)
	for i := range people {
		people[i].Photo = fmt.Sprintf("%s/%d.png", there.URL, i)
	}
	return friendstest.NewMastodon(t, people...)
}

// thumbsOf looks up whom anna follows, and gives the addresses of their small pictures.
func thumbsOf(t *testing.T, base string, there *friendstest.Mastodon) (all []string) {
	t.Helper()
	for query := []string{"source", "mastodon", "handle", "@anna@" + there.Host}; ; {
		code, page, _ := lookUp(t, base, query...)
		people, _ := page["people"].([]any)
		if code != http.StatusOK || len(people) == 0 {
			t.Fatalf("%d %v", code, page)
		}
		for _, p := range people {
			address, _ := p.(map[string]any)["thumb"].(string)
			if !strings.HasPrefix(address, "/api/v1/friends/") {
				t.Fatalf("thumb of %v", p)
			}
			all = append(all, base+address)
		}
		next, more := page["next"].(string)
		if !more {
			return all
		}
		query = []string{"cursor", next}
	}
}

func TestThumbsOfFriends(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	there := gallery(t, 85, func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscanf(r.URL.Path, "/%d.png", &n)
		sent.Add(1)
		w.Write(picture(t, 90, 120, color.NRGBA{uint8(2 * n), 90, 30, 255}))
	})
	base := startOn(t, friends.Config{}, "-workers", "0")
	thumbs := thumbsOf(t, base, there)
	if len(thumbs) != 85 || sent.Load() != 0 {
		t.Fatalf("%d small pictures, and %d photos were asked for before anybody wanted to see them", len(thumbs), sent.Load())
	}
	for _, n := range []int{0, 7, 79, 80, 84} {
		code, data, h := get(t, thumbs[n])
		if code != http.StatusOK || h.Get("Content-Type") != "image/jpeg" || h.Get("Cache-Control") != "private, max-age=3600" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Fatalf("%s: %d %v %s", thumbs[n], code, h, data)
		}
		small, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil || small.Bounds().Dx() != 64 || small.Bounds().Dy() != 64 {
			t.Fatalf("%v, %v", small.Bounds(), err)
		}
		if red, _, _, _ := small.At(32, 32).RGBA(); int(red>>8) < 2*(n+1)-4 || int(red>>8) > 2*(n+1)+4 { // photo 0 is anna's own
			t.Errorf("person %d has red %d: the photo of somebody else", n, red>>8)
		}
		before := sent.Load()
		if code, again, _ := get(t, thumbs[n], "If-None-Match", h.Get("ETag")); code != http.StatusNotModified || len(again) != 0 {
			t.Errorf("again: %d with %d bytes", code, len(again))
		}
		if sent.Load() != before {
			t.Errorf("the photo was sent again to be shown again")
		}
	}
	if code, v, _ := do(t, "GET", thumbs[1], "", nil, "Sec-Fetch-Site", "cross-site"); code != http.StatusForbidden {
		t.Errorf("for another site: %d %v", code, v)
	}
}

// Whatever a client makes up, nobody is asked for it.
func TestForgedThumbs(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	there := gallery(t, 3, func(http.ResponseWriter, *http.Request) { sent.Add(1) })
	base := startOn(t, friends.Config{})
	list := strings.TrimSuffix(thumbsOf(t, base, there)[0], "/0/0/thumb")
	asked := len(there.Requests())
	for _, forged := range []string{
		list + "/0/3", list + "/0/-1", list + "/0/x", list + "/1/0", list + "/-1/0", list + "/200/0", list + "/99999999999999999999/0", list + "/00/" + strings.Repeat("9", 400),
		base + "/api/v1/friends/AAAAAAAAAAAAAAAAAAAAAA/0/0", base + "/api/v1/friends/of:x/0/0", base + "/api/v1/friends/127.0.0.1/0/0",
	} {
		if code, v, h := do(t, "GET", forged+"/thumb?photo=http://127.0.0.1/1.png", "", nil); code != http.StatusNotFound || v["detail"] == nil || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", forged, code, v)
		}
	}
	if n := len(there.Requests()); sent.Load() != 0 || n != asked {
		t.Errorf("%d photos were asked for, and the network %d times", sent.Load(), n-asked)
	}
}

func TestThumbsOfHostilePhotos(t *testing.T) {
	t.Parallel()
	bomb := picture(t, 30, 30, color.White)
	copy(bomb[16:24], []byte{0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20}) // 20,000 pixels square, says the header (PNG, 11.2.1)
	answers := []http.HandlerFunc{
		nil, // anna's own
		func(w http.ResponseWriter, r *http.Request) { w.Write(bomb) },
		func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
		},
		func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 5<<20+1)) },
		func(w http.ResponseWriter, r *http.Request) { w.Write(picture(t, 30, 30, color.White)[:60]) },
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		},
		func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		func(w http.ResponseWriter, r *http.Request) {},
	}
	there := gallery(t, len(answers)-1, func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscanf(r.URL.Path, "/%d.png", &n)
		w.Header().Set("Content-Type", "image/png")
		answers[n](w, r)
	})
	base := startOn(t, friends.Config{})
	for i, thumb := range thumbsOf(t, base, there) {
		if code, v, _ := do(t, "GET", thumb, "", nil); code != http.StatusNotFound || v["detail"] != message.New("problem.no_thumb").Told().Text {
			t.Errorf("hostile photo %d: %d %v", i+1, code, v)
		}
	}
}

func TestThumbsOfPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	there := gallery(t, 2, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		w.Write(picture(t, 30, 30, color.White))
	})
	base := startOn(t, friends.Config{}, "-allow-private=false") // of photos; the fake network is private, too
	for _, thumb := range thumbsOf(t, base, there) {
		if code, v, _ := do(t, "GET", thumb, "", nil); code != http.StatusNotFound {
			t.Errorf("%d %v", code, v)
		}
	}
	if sent.Load() != 0 {
		t.Error("a private address was asked")
	}
}

func TestThumbsAreLimited(t *testing.T) {
	t.Parallel()
	there := gallery(t, 2, func(w http.ResponseWriter, r *http.Request) { w.Write(picture(t, 30, 30, color.White)) })
	base := startOn(t, friends.Config{}, "-limit-thumbs", "2/1h")
	thumbs := thumbsOf(t, base, there)
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		if code, _, _ := get(t, thumbs[0]); code != want {
			t.Errorf("picture %d: %d, want %d", i, code, want)
		}
	}
}

//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"smalti/pkg/harness"
)

// request is a request for one mosaic, and what its browser does besides.
type request struct {
	harness.Request
	readable   []string // names of those who must be in the mosaic
	unreadable []string // names of those whose photo cannot be decoded: they must be listed as missing
	uploaded   bool     // the photos come with the request
	deletion   deletion
	twice      bool // the button is pressed again
}

// deletion says when a mosaic's browser deletes it.
type deletion int

const (
	never deletion = iota
	whileWaiting
	whenDone
)

// pictures are the photos of friends; see [harness.Photos].
type pictures interface {
	URL(i int) string
	UnreadableURL(i int) string
	File(i int) []byte
}

// drawRequest draws the i-th request. Mosaics are as cheap as possible, so that the system is busy with
// jobs and not with pixels. They are wide and low because a preview's width does not depend on its height.
func drawRequest(seed uint64, i int, p pictures) request {
	r := rand.New(rand.NewPCG(seed, uint64(i)+1))
	key := uuid(r)
	faces := r.Perm(harness.PhotoCount)[:4+r.IntN(3)]
	broken := -1
	if r.IntN(8) == 0 {
		broken = r.IntN(len(faces))
	}
	var q request
	for k := range faces {
		if k == broken {
			q.unreadable = append(q.unreadable, nameOf(i, k))
		} else {
			q.readable = append(q.readable, nameOf(i, k))
		}
	}
	size := "poster"
	if r.IntN(4) == 0 {
		size = "wall" // which waits on the other list
	}
	target := r.IntN(harness.PhotoCount)
	if q.uploaded = r.IntN(5) == 0; q.uploaded {
		q.Request = uploadRequest(i, faces, broken, target, p)
		if r.IntN(2) == 0 {
			q.SendTime = 100*time.Millisecond + below(r, 900*time.Millisecond)
		}
	} else {
		q.Request = listRequest(i, faces, broken, target, size, 1+r.IntN(2), p)
	}
	q.Key = key
	switch r.IntN(20) {
	case 0:
		q.deletion = whileWaiting
	case 1, 2:
		q.deletion = whenDone
	}
	q.twice = r.IntN(8) == 0 && q.deletion == never
	return q
}

// uuid is a random one (RFC 9562, section 5.4), as programs use for idempotency keys.
func uuid(r *rand.Rand) string {
	a, b := r.Uint64()&^0xF000|0x4000, r.Uint64()&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xFFFF, a&0xFFFF, b>>48, b&(1<<48-1))
}

func listRequest(i int, faces []int, broken, target int, size string, rows int, p pictures) harness.Request {
	friends := make([]harness.Friend, len(faces))
	for k, face := range faces {
		photo := p.URL(face)
		if k == broken {
			photo = p.UnreadableURL(face)
		}
		friends[k] = harness.Friend{ID: fmt.Sprint(k + 1), Name: nameOf(i, k), Photo: photo}
	}
	return harness.ListRequest(size, p.URL(target), friends, map[string]any{"columns": 20, "rows": rows, "tile": 16, "repeat_distance": 0})
}

// uploadRequest asks for a postcard, the smallest size that a form can ask for.
func uploadRequest(i int, faces []int, broken, target int, p pictures) harness.Request {
	photos := make([]harness.File, len(faces))
	for k, face := range faces {
		photo := p.File(face)
		if k == broken {
			photo = harness.UnreadablePhoto(face)
		}
		photos[k] = harness.File{Name: nameOf(i, k) + ".jpg", Data: photo}
	}
	return harness.UploadRequest("postcard", p.File(target), photos)
}

func nameOf(request, friend int) string { return fmt.Sprintf("Person %d-%d", request, friend+1) }

//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"smalti/pkg/rig"
)

// order is one mosaic that is going to be asked for, and what its browser does besides.
type order struct {
	key  string // idempotency key
	kind string // Content-Type
	body []byte // of the POST

	readable   []string      // the names of those who must be in the mosaic
	unreadable []string      // of those whose photo nobody can read, and who must be named as missing
	uploaded   bool          // the photos come with the request
	slow       time.Duration // how long it takes to send the body
	deletion   deletion
	twice      bool // somebody presses the button again
}

// deletion says when a mosaic is deleted by whoever asked for it.
type deletion int

const (
	never deletion = iota
	whileItWaits
	whenItIsDone
)

// pictures are what friends look like; see [rig.Photos].
type pictures interface {
	URL(i int) string
	BrokenURL(i int) string
	File(i int) []byte
}

// orderOf draws the i-th mosaic: a package as cheap as packages get, so that the system moves jobs,
// and not pixels. Wide and low is cheap: a preview always has the same length, whatever its height.
func orderOf(seed uint64, i int, p pictures) order {
	r := rand.New(rand.NewPCG(seed, uint64(i)+1))
	o := order{key: uuid(r)}
	faces := r.Perm(rig.PhotoCount)[:4+r.IntN(3)]
	broken := -1
	if r.IntN(8) == 0 {
		broken = r.IntN(len(faces))
	}
	for k := range faces {
		name := nameOf(i, k)
		if k == broken {
			o.unreadable = append(o.unreadable, name)
		} else {
			o.readable = append(o.readable, name)
		}
	}
	size := "poster"
	if r.IntN(4) == 0 {
		size = "wall" // waits on the other list
	}
	target := r.IntN(rig.PhotoCount)
	if o.uploaded = r.IntN(5) == 0; o.uploaded {
		o.kind, o.body = form(i, faces, broken, target, p)
		if r.IntN(2) == 0 {
			o.slow = 100*time.Millisecond + upTo(r, 900*time.Millisecond)
		}
	} else {
		o.kind, o.body = "application/json", list(i, faces, broken, target, size, 1+r.IntN(2), p)
	}
	switch r.IntN(20) {
	case 0:
		o.deletion = whileItWaits
	case 1, 2:
		o.deletion = whenItIsDone
	}
	o.twice = r.IntN(8) == 0 && o.deletion == never
	return o
}

// uuid is a random one (RFC 9562, 5.4), as programs use for idempotency keys.
func uuid(r *rand.Rand) string {
	a, b := r.Uint64()&^0xF000|0x4000, r.Uint64()&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xFFFF, a&0xFFFF, b>>48, b&(1<<48-1))
}

func list(i int, faces []int, broken, target int, size string, rows int, p pictures) []byte {
	friends := make([]rig.Friend, len(faces))
	for k, face := range faces {
		photo := p.URL(face)
		if k == broken {
			photo = p.BrokenURL(face)
		}
		friends[k] = rig.Friend{ID: fmt.Sprint(k + 1), Name: nameOf(i, k), Photo: photo}
	}
	return rig.ListRequest(size, p.URL(target), friends, map[string]any{"columns": 20, "rows": rows, "tile": 16, "repeat_distance": 0})
}

// form is a request with photos. A postcard is the smallest that a form can ask for.
func form(i int, faces []int, broken, target int, p pictures) (kind string, body []byte) {
	photos := make([]rig.File, len(faces))
	for k, face := range faces {
		photo := p.File(face)
		if k == broken {
			photo = rig.Unreadable(face)
		}
		photos[k] = rig.File{Name: nameOf(i, k) + ".jpg", Data: photo}
	}
	return rig.UploadRequest("postcard", p.File(target), photos)
}

func nameOf(order, friend int) string { return fmt.Sprintf("Person %d-%d", order, friend+1) }

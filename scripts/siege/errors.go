//go:build linux

package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"sync"
)

// maxRefusal is the longest answer to a request that is refused.
const maxRefusal = 64 << 10

var errorsAttack = attack{
	name: "errors", about: "requests that are wrong in as many and as long ways as fit",
	run: func(f *field) {
		const rounds = 4 // of each body, two at a time
		bodies := []struct {
			kind string
			data []byte
		}{longNames(), manyNames(), {"application/json", []byte(`{"source":"demo","` + strings.Repeat("x", 4<<20-100) + `":1}`)}, longIDs()}
		var all sync.WaitGroup
		for i := range 2 {
			all.Go(func() {
				c := clientAt(attackerIP(i))
				defer c.CloseIdleConnections()
				for round := range rounds * len(bodies) {
					if f.ctx.Err() != nil {
						return
					}
					b := bodies[round%len(bodies)]
					f.ask(c, f.base(0), b.data, "Content-Type", b.kind, "Accept", "application/json")
				}
			})
		}
		all.Wait()
	},
	judge: func(f *field, found *findings) {
		found.promise(f.largest.Load() < maxRefusal, "the largest answer had %s", size(f.largest.Load()))
	},
}

type body = struct {
	kind string
	data []byte
}

// longNames is a form with ten fields whose names have 4 MB.
func longNames() body {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := range 10 {
		form.WriteField(strings.Repeat(fmt.Sprint(i), 4<<20), "")
	}
	form.Close()
	return body{form.FormDataContentType(), b.Bytes()}
}

// manyNames is a form of very many fields that nobody knows.
func manyNames() body {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := range 50_000 {
		form.WriteField(fmt.Sprintf("field%d", i), "")
	}
	form.Close()
	return body{form.FormDataContentType(), b.Bytes()}
}

// longIDs is a list of friends of whom each has the same long id.
func longIDs() body {
	id := strings.Repeat("x", 800)
	friend := fmt.Sprintf(`{"id":%q,"name":%q,"photo":%q}`, id, id, id)
	return body{"application/json", []byte(`{"source":"list","target":"x","friends":[` + strings.Repeat(friend+",", 1500) + friend + `]}`)}
}

//go:build linux

package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"sync"

	"smalti/pkg/harness"
)

// maxRefusal is the longest answer to a refused request, in bytes.
const maxRefusal = 64 << 10

var errorsAttack = attack{
	name: "errors", about: "requests that are wrong in as many and as long ways as fit",
	prepare: func(t *target) (func(), func(*findings), error) {
		id := strings.Repeat("x", 800)
		friend := fmt.Sprintf(`{"id":%q,"name":%q,"photo":%q}`, id, id, id)
		longIDs := `{"source":"list","target":"x","friends":[` + strings.Repeat(friend+",", 1500) + friend + `]}`
		longName := `{"source":"demo","` + strings.Repeat("x", 4<<20-100) + `":1}`
		requests := []harness.Request{
			emptyForm(10, func(i int) string { return strings.Repeat(fmt.Sprint(i), 4<<20) }),
			emptyForm(50_000, func(i int) string { return fmt.Sprintf("field%d", i) }),
			{Type: "application/json", Body: []byte(longName)},
			{Type: "application/json", Body: []byte(longIDs)},
		}
		run := func() {
			const rounds = 4
			var both sync.WaitGroup
			for i := range 2 {
				both.Go(func() {
					c := clientAt(attackerIP(i))
					defer c.CloseIdleConnections()
					for k := 0; k < rounds*len(requests) && t.ctx.Err() == nil; k++ {
						t.request(c, 0, requests[k%len(requests)])
					}
				})
			}
			both.Wait()
		}
		return run, func(found *findings) {
			found.promise(t.largest.Load() < maxRefusal, "the largest answer had %s", size(t.largest.Load()))
		}, nil
	},
}

// emptyForm has empty fields with made-up names.
func emptyForm(fields int, name func(i int) string) harness.Request {
	var b bytes.Buffer
	form := multipart.NewWriter(&b) // writing to memory does not fail
	for i := range fields {
		_ = form.WriteField(name(i), "")
	}
	_ = form.Close()
	return harness.Request{Type: form.FormDataContentType(), Body: b.Bytes()}
}

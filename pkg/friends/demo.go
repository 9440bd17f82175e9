package friends

import (
	"context"
	"fmt"
	"strconv"

	"smalti/pkg/job"
)

const (
	// DemoFriends is how many made-up friends there are: demo:1 to demo:300.
	DemoFriends = 300

	// DemoTarget is the address of the picture that a mosaic of them shows unless told otherwise.
	DemoTarget = "demo:0"

	demoPage = 100
)

// Demo is the source of made-up friends, who need no network: their names stand in the program, and
// it draws their portraits itself, see [Portrait]. Everybody has the same ones.
type Demo struct{}

var _ Source = Demo{}

// Name implements [Source].
func (Demo) Name() string { return "demo" }

// List implements [Source]. The handle does not matter.
func (Demo) List(_ context.Context, _, cursor string) (Page, error) {
	start := 0
	if cursor != "" {
		n, err := strconv.Atoi(cursor)
		if err != nil || n <= 0 || n >= DemoFriends || n%demoPage != 0 || strconv.Itoa(n) != cursor {
			return Page{}, &Error{sentence: "There is no such page of friends.", err: fmt.Errorf("cursor %q", cursor)}
		}
		start = n
	}
	p := Page{Total: DemoFriends}
	end := min(start+demoPage, DemoFriends)
	for n := start + 1; n <= end; n++ {
		address := fmt.Sprintf("demo:%d", n)
		p.Friends = append(p.Friends, job.Friend{ID: address, Name: nameOf(n), Photo: address})
	}
	if end < DemoFriends {
		p.Next = strconv.Itoa(end)
	}
	return p, nil
}

package friends

import (
	"context"
	"fmt"
	"strconv"

	"smalti/pkg/job"
	"smalti/pkg/portrait"
)

const (
	// DemoFriends is how many made-up friends there are: demo:1 to demo:300.
	DemoFriends = 300

	// DemoTarget is the address of the picture that a mosaic of them shows unless told otherwise.
	DemoTarget = "demo:0"

	demoPage = 100
)

// Demo is the source of made-up friends, the same for everyone and in both directions. Their portraits are
// drawn by [portrait.Draw].
type Demo struct{}

var _ Source = Demo{}

// DemoPeople are all of the made-up friends.
func DemoPeople() []job.Friend {
	all := make([]job.Friend, DemoFriends)
	for i := range all {
		all[i] = demoPerson(i + 1).Friend()
	}
	return all
}

func demoPerson(n int) Person {
	address := fmt.Sprintf("demo:%d", n)
	return Person{ID: address, Name: portrait.Name(n), Photo: address}
}

// Name implements [Source].
func (Demo) Name() string { return "demo" }

// Canonical implements [Source]. The handle does not matter.
func (Demo) Canonical(string) (string, error) { return "", nil }

// Find implements [Source].
func (Demo) Find(context.Context, string) (Subject, error) {
	return Subject{
		Person:    Person{ID: DemoTarget, Name: "The muse", Photo: DemoTarget},
		Following: DemoFriends, Followers: DemoFriends,
	}, nil
}

// List implements [Source].
func (Demo) List(_ context.Context, _ Subject, ask Ask) (Page, error) {
	start := 0
	if ask.Cursor != "" {
		n, err := strconv.Atoi(ask.Cursor)
		if err != nil || n <= 0 || n >= DemoFriends || n%demoPage != 0 || strconv.Itoa(n) != ask.Cursor {
			return Page{}, badCursor(ask.Cursor)
		}
		start = n
	}
	p := Page{Total: DemoFriends}
	end := min(start+demoPage, DemoFriends)
	for n := start + 1; n <= end; n++ {
		p.People = append(p.People, demoPerson(n))
	}
	if end < DemoFriends {
		p.Next = strconv.Itoa(end)
	}
	return p, nil
}

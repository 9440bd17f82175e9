package friends_test

import (
	"slices"
	"strings"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/job"
)

func TestDemoIsASource(t *testing.T) {
	who, err := friends.Demo{}.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var all []job.Friend
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		page, err := friends.Demo{}.List(t.Context(), who, friends.Ask{Direction: friends.Following, Cursor: cursor})
		if err != nil || page.Total != friends.DemoFriends || pages > 10 {
			t.Fatalf("page %q: %v, total %d", cursor, err, page.Total)
		}
		for _, p := range page.People {
			all = append(all, p.Friend())
		}
		cursor = page.Next
	}
	if !slices.Equal(all, friends.DemoPeople()) || len(all) != friends.DemoFriends {
		t.Errorf("%d friends page by page, %d at once", len(all), len(friends.DemoPeople()))
	}
	wantValid(t, all)
	for _, garbage := range []string{"x", "-1", "0", "1", "99999999999999999999", "100 ", "../", "\x00"} {
		_, err := friends.Demo{}.List(t.Context(), who, friends.Ask{Cursor: garbage})
		wantKind(t, err, friends.Forgotten, "friends.bad_cursor")
	}
}

// wantValid checks friends as a package that holds them would be.
func wantValid(t *testing.T, list []job.Friend) {
	t.Helper()
	p := job.Package{V: job.Version, ID: job.NewID(), Target: job.Target{URL: "demo:0"}, Friends: list,
		Options: job.Defaults(), Priority: job.Interactive, Created: someDay}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
}

func TestDemoNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, f := range friends.DemoPeople() {
		if seen[f.Name] || len(strings.Fields(f.Name)) != 2 {
			t.Errorf("%s is %q, which is not new, or not two words", f.ID, f.Name)
		}
		seen[f.Name] = true
	}
}

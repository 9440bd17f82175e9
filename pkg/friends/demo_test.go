package friends_test

import (
	"strings"
	"testing"

	"smalti/pkg/friends"
	"smalti/pkg/job"
)

// sources are all that there are; each keeps the promises of [friends.Source] that TestSource tests.
var sources = []struct {
	friends.Source
	handle string
	total  int
}{
	{friends.Demo{}, "", friends.DemoFriends},
}

func TestSource(t *testing.T) {
	for _, s := range sources {
		t.Run(s.Name(), func(t *testing.T) {
			if name := s.Name(); name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
				t.Errorf("name %q", name)
			}
			var all []job.Friend
			seen := map[string]bool{"": true}
			cursor := ""
			for {
				page, err := s.List(t.Context(), s.handle, cursor)
				if err != nil {
					t.Fatal(err)
				}
				again, err := s.List(t.Context(), s.handle, cursor)
				if err != nil || len(again.Friends) != len(page.Friends) || again.Next != page.Next {
					t.Errorf("page %q is not the same the second time: %v", cursor, err)
				}
				if page.Total != 0 && page.Total != s.total {
					t.Errorf("total %d, want %d or none", page.Total, s.total)
				}
				all = append(all, page.Friends...)
				if cursor = page.Next; cursor == "" {
					break
				}
				if seen[cursor] {
					t.Fatalf("cursor %q comes twice: the list has no end", cursor)
				}
				seen[cursor] = true
			}
			if len(all) != s.total {
				t.Errorf("%d friends, want %d", len(all), s.total)
			}
			wantValid(t, all)

			for _, garbage := range []string{"x", "-1", "0", "1", "99999999999999999999", "100 ", "../", "\x00"} {
				if seen[garbage] {
					continue
				}
				page, err := s.List(t.Context(), s.handle, garbage)
				if sentence, ok := job.SentenceOf(err); err == nil || !ok || sentence == "" {
					t.Errorf("cursor %q: %d friends, %v; want a sentence", garbage, len(page.Friends), err)
				}
			}
		})
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
	cursor := ""
	for {
		page, err := friends.Demo{}.List(t.Context(), "", cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Friends {
			if seen[f.Name] || len(strings.Fields(f.Name)) != 2 {
				t.Errorf("%s is %q, which is not new, or not two words", f.ID, f.Name)
			}
			seen[f.Name] = true
		}
		if cursor = page.Next; cursor == "" {
			return
		}
	}
}

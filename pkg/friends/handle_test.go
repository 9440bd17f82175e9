package friends_test

import (
	"strings"
	"testing"

	"smalti/pkg/friends"
)

func sourceNamed(name string) friends.Source {
	for _, s := range friends.Networks(friends.Config{}) {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

func TestHandles(t *testing.T) {
	for _, tc := range []struct{ source, typed, want string }{
		{"mastodon", "@anna@example.org", "@anna@example.org"},
		{"mastodon", "anna@example.org", "@anna@example.org"},
		{"mastodon", "  @Anna@Example.ORG.\n", "@anna@example.org"},
		{"mastodon", "acct:anna@example.org", "@anna@example.org"},
		{"mastodon", "https://example.org/@anna", "@anna@example.org"},
		{"mastodon", "HTTPS://example.org/@anna/", "@anna@example.org"},
		{"mastodon", "example.org/@anna", "@anna@example.org"},
		{"mastodon", "https://example.org/users/anna", "@anna@example.org"},
		{"mastodon", "https://example.org/@anna/following?x=1#y", "@anna@example.org"},
		{"mastodon", "https://example.org/web/@anna", "@anna@example.org"},
		{"mastodon", "https://example.org/@ben@other.example", "@ben@other.example"},
		{"mastodon", "<https://example.org/@anna>", "@anna@example.org"},
		{"mastodon", "\u200b@anna\u200d@example.org\u202c", "@anna@example.org"},
		{"mastodon", "@anna.b_c-d@sub.example.org:8443", "@anna.b_c-d@sub.example.org:8443"},
		{"mastodon", "@anna@bücher.example", "@anna@bücher.example"},
		{"mastodon", "@anna@127.0.0.1:80", "@anna@127.0.0.1:80"}, // the guard is for that
		{"mastodon", "anna", ""},
		{"mastodon", "", ""},
		{"mastodon", "@", ""},
		{"mastodon", "@@example.org", ""},
		{"mastodon", "@anna@", ""},
		{"mastodon", "@anna@example.org@other.example", ""},
		{"mastodon", "@anna@exa mple.org", ""},
		{"mastodon", "@anna@-example.org", ""},
		{"mastodon", "@anna@example..org", ""},
		{"mastodon", "@anna@[::1]", ""},
		{"mastodon", "@anna@example.org:99999999", ""},
		{"mastodon", "@anna@example.org/../x", ""},
		{"mastodon", "@an/na@example.org", ""},
		{"mastodon", "https://user:secret@example.org/@anna", ""},
		{"mastodon", "https://example.org/", ""},
		{"mastodon", strings.Repeat("a", 1000), ""},
		{"bluesky", "anna.bsky.social", "anna.bsky.social"},
		{"bluesky", "@Anna.bsky.social ", "anna.bsky.social"},
		{"bluesky", "anna", "anna.bsky.social"},
		{"bluesky", "@anna@bsky.social", "anna.bsky.social"},
		{"bluesky", "example.org", "example.org"},
		{"bluesky", "https://bsky.app/profile/anna.example.org", "anna.example.org"},
		{"bluesky", "https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"},
		{"bluesky", "at://anna.bsky.social", "anna.bsky.social"},
		{"bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"},
		{"bluesky", "did:web:example.org", "did:web:example.org"},
		{"bluesky", "did:plc:x", ""},
		{"bluesky", "@anna@mastodon.social", ""},
		{"bluesky", "an na", ""},
		{"bluesky", "anna.123", ""},
		{"bluesky", "", ""},
		{"github", "Anna", "anna"},
		{"github", "@anna-b", "anna-b"},
		{"github", "https://github.com/anna?tab=following", "anna"},
		{"github", "github.com/anna/repository", "anna"},
		{"github", "anna@example.org", ""},
		{"github", "an na", ""},
		{"github", "../x", ""},
		{"github", "https://gitlab.com/anna", ""},
		{"github", "", ""},
		{"forgejo", "anna@git.example.org", "anna@git.example.org"},
		{"forgejo", "https://git.example.org/Anna", "anna@git.example.org"},
		{"forgejo", "anna", "anna@codeberg.org"},
		{"forgejo", "..", ""},
		{"gitlab", "@anna", "anna@gitlab.com"},
		{"gitlab", "https://gitlab.example.org/anna", "anna@gitlab.example.org"},
		{"gitlab", "an/na", "na@an"}, // a link without its scheme
	} {
		s := sourceNamed(tc.source)
		got, err := s.Canonical(tc.typed)
		switch {
		case tc.want == "" && friends.KindOf(err) != friends.BadHandle:
			t.Errorf("%s: %q is %q, %v, want bad", tc.source, tc.typed, got, err)
		case tc.want != "" && (err != nil || got != tc.want):
			t.Errorf("%s: %q is %q, %v, want %q", tc.source, tc.typed, got, err, tc.want)
		}
	}
	_, err := sourceNamed("mastodon").Canonical("anna")
	wantKind(t, err, friends.BadHandle, "as in @anna@mastodon.social.")
}

func FuzzHandle(f *testing.F) {
	for _, seed := range []string{"@anna@example.org", "https://example.org/@a@b", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "acct:x@y", "github.com/anna", "<\u202e@a@b:80>", "%2e%2e/@x", "http://[::1]/@a"} {
		f.Add(seed)
	}
	sources := friends.Networks(friends.Config{})
	f.Fuzz(func(t *testing.T, typed string) {
		for _, s := range sources {
			handle, err := s.Canonical(typed)
			if err != nil {
				if friends.KindOf(err) != friends.BadHandle {
					t.Fatalf("%s: %q: %v", s.Name(), typed, err)
				}
				continue
			}
			again, err := s.Canonical(handle)
			if err != nil || again != handle {
				t.Errorf("%s: %q is %q, and that is %q, %v", s.Name(), typed, handle, again, err)
			}
			if strings.ContainsAny(handle, " \t\r\n/?#%\\<>\"") {
				t.Errorf("%s: %q is %q", s.Name(), typed, handle)
			}
		}
	})
}

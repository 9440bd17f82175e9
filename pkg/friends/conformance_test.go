package friends_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/download"
	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
	"smalti/pkg/job"
	"smalti/pkg/message"
)

// network is a source, and how to have a server for it.
type network struct {
	name   string
	page   int // people on a full page
	start  func(*testing.T, *world, []friendstest.Person) *friendstest.Server
	handle func(*friendstest.Server, string) string // of a user

	hides, withholds, lacks, suggests, counts, tags bool // what there is on this network
}

const token = "a-secret-that-only-one-may-see"

var networks = []network{
	{
		name: "mastodon", page: 80, hides: true, lacks: true, suggests: true, counts: true, tags: true,
		start: func(t *testing.T, _ *world, p []friendstest.Person) *friendstest.Server {
			return &friendstest.NewMastodon(t, p...).Server
		},
		handle: func(s *friendstest.Server, user string) string { return "@" + user + "@" + s.Host },
	},
	{
		name: "mastodon", page: 80, hides: true, lacks: true, suggests: true, counts: true, // GoToSocial
		start: func(t *testing.T, w *world, p []friendstest.Person) *friendstest.Server {
			s := &friendstest.NewGoToSocial(t, token, p...).Server
			w.config.Tokens[s.Origin] = token
			return s
		},
		handle: func(s *friendstest.Server, user string) string { return "@" + user + "@" + s.Host },
	},
	{
		name: "bluesky", page: 100, withholds: true, lacks: true, suggests: true, counts: true, tags: true,
		start: func(t *testing.T, w *world, p []friendstest.Person) *friendstest.Server {
			s := &friendstest.NewBluesky(t, p...).Server
			w.config.Bluesky = s.Origin
			return s
		},
		handle: func(_ *friendstest.Server, user string) string { return user + ".bsky.social" },
	},
	{
		name: "github", page: 100, suggests: true, counts: true, tags: true,
		start: func(t *testing.T, w *world, p []friendstest.Person) *friendstest.Server {
			s := &friendstest.NewGitHub(t, p...).Server
			w.config.GitHub = s.Origin
			return s
		},
		handle: func(_ *friendstest.Server, user string) string { return user },
	},
	{
		name: "forgejo", page: 50, counts: true,
		start: func(t *testing.T, w *world, p []friendstest.Person) *friendstest.Server {
			s := &friendstest.NewForgejo(t, token, p...).Server
			w.config.Tokens[s.Origin] = token
			return s
		},
		handle: func(s *friendstest.Server, user string) string { return user + "@" + s.Host },
	},
	{
		name: "gitlab", page: 100, hides: true, lacks: true, tags: true,
		start: func(t *testing.T, w *world, p []friendstest.Person) *friendstest.Server {
			s := &friendstest.NewGitLab(t, token, p...).Server
			w.config.Tokens[s.Origin] = token
			return s
		},
		handle: func(s *friendstest.Server, user string) string { return user + "@" + s.Host },
	},
}

// world is a network with people on it, and the source that asks it.
type world struct {
	friends.Source
	config friends.Config
	server *friendstest.Server
	handle func(user string) string
}

func (n *network) with(t *testing.T, people ...friendstest.Person) *world {
	t.Helper()
	transport := download.NewTransport(download.Config{AllowPrivate: true})
	t.Cleanup(transport.(interface{ CloseIdleConnections() }).CloseIdleConnections)
	w := &world{config: friends.Config{AllowPrivate: true, Contact: "https://example.org/about", Tokens: map[string]string{}, Timeout: time.Minute, Transport: transport}}
	w.server = n.start(t, w, people)
	w.handle = func(user string) string { return n.handle(w.server, user) }
	w.Source = w.source(t, n.name)
	return w
}

// source is a fresh source, which does not remember who wants to be left alone.
func (w *world) source(t *testing.T, name string) friends.Source {
	t.Helper()
	for _, s := range friends.Networks(w.config) {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("there is no source %q", name)
	return nil
}

func (w *world) find(ctx context.Context, user string) (friends.Subject, error) {
	handle, err := w.Canonical(w.handle(user))
	if err != nil {
		return friends.Subject{}, err
	}
	return w.Find(ctx, handle)
}

// all reads a whole list, and that each page is the same twice.
func (w *world) all(t *testing.T, user string, d friends.Direction) (who friends.Subject, all []friends.Person, last friends.Page) {
	t.Helper()
	who, err := w.find(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		p, err := w.List(t.Context(), who, friends.Ask{Direction: d, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.List(t.Context(), who, friends.Ask{Direction: d, Cursor: cursor})
		if err != nil || !slices.Equal(again.People, p.People) || again.Next != p.Next {
			t.Errorf("page %q is not the same the second time: %v", cursor, err)
		}
		all = append(all, p.People...)
		last.NoPhoto = append(last.NoPhoto, p.NoPhoto...)
		last.Withheld += p.Withheld
		last.Total = p.Total
		if cursor = p.Next; cursor == "" {
			return who, all, last
		}
		if seen[cursor] {
			t.Fatalf("cursor %q comes twice: the list has no end", cursor)
		}
		seen[cursor] = true
	}
}

// eachNetwork runs a test for each of them.
func eachNetwork(t *testing.T, test func(*testing.T, *network)) {
	for i, n := range networks {
		t.Run(fmt.Sprintf("%s%d", n.name, i), func(t *testing.T) {
			t.Parallel()
			test(t, &n)
		})
	}
}

func wantKind(t *testing.T, err error, kind friends.Kind, says string) {
	t.Helper()
	m, ok := message.Of(err)
	if told := m.Code + ": " + m.String(); friends.KindOf(err) != kind || !ok || !strings.Contains(told, says) {
		t.Errorf("got %s: %v (%s), want %s with %q", friends.KindOf(err), err, told, kind, says)
	}
}

func TestListsAreWhole(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		for _, size := range []int{1, n.page - 1, n.page, n.page + 1, 2 * n.page} {
			w := n.with(t, friendstest.Crowd("anna", size)...)
			for _, d := range []friends.Direction{friends.Following, friends.Followers} {
				who, all, last := w.all(t, "Anna", d)
				if len(all) != size || n.counts && (last.Total != size || who.Count(d) != size) {
					t.Errorf("%s %d: got %d people, total %d", d, size, len(all), last.Total)
				}
				wantPeople(t, all)
				if i := slices.IndexFunc(all, func(p friends.Person) bool { return strings.Contains(p.Handle, "user0001") }); i < 0 {
					t.Errorf("%s: nobody has the handle user0001", d)
				} else if p := all[i]; n.name != "github" && p.Name != "Friend 1" || !strings.HasPrefix(p.Photo, "https://photos.example/user0001.png") || p.Profile == "" {
					t.Errorf("got %+v", p)
				}
				if who.Name != "The anna" || who.Photo == "" || who.Handle == "" {
					t.Errorf("who: %+v", who)
				}
			}
		}
	})
}

// wantPeople checks that people can stand in a package.
func wantPeople(t *testing.T, all []friends.Person) {
	t.Helper()
	p := job.Package{V: job.Version, ID: job.NewID(), Created: time.Now(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(), Priority: job.Bulk,
		Friends: []job.Friend{{ID: "a filler", Photo: "demo:1"}, {ID: "another filler", Photo: "demo:2"}}}
	for _, person := range all {
		p.Friends = append(p.Friends, person.Friend())
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
}

func TestHiddenIsNotEmpty(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		people := friendstest.Crowd("anna", 3)
		people = append(people, friendstest.Person{User: "loner"})
		people[0].Hides = true
		w := n.with(t, people...)
		loner, err := w.find(t.Context(), "loner")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.List(t.Context(), loner, friends.Ask{Direction: friends.Following})
		wantKind(t, err, friends.Nobody, "friends.follows_nobody")
		_, err = w.List(t.Context(), loner, friends.Ask{Direction: friends.Followers})
		wantKind(t, err, friends.Nobody, "friends.no_followers")
		if !n.hides {
			return
		}
		anna, err := w.find(t.Context(), "anna")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.List(t.Context(), anna, friends.Ask{Direction: friends.Following})
		wantKind(t, err, friends.Hidden, "friends.following_hidden")
		_, err = w.List(t.Context(), anna, friends.Ask{Direction: friends.Followers})
		wantKind(t, err, friends.Hidden, "friends.followers_hidden")
	})
}

func TestNobodyOfThatName(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		w := n.with(t, friendstest.Person{User: "annabel"}, friendstest.Person{User: "annemarie-longname"})
		_, err := w.find(t.Context(), "annable")
		wantKind(t, err, friends.NoSuchPerson, "friends.no_such_person")
		if e, _ := errors.AsType[*friends.Error](err); n.suggests {
			if len(e.Suggestions) != 1 || !strings.Contains(e.Suggestions[0], "annabel") {
				t.Fatalf("suggestions %q", e.Suggestions)
			}
			if handle, err := w.Canonical(e.Suggestions[0]); err != nil {
				t.Error(err)
			} else if who, err := w.Find(t.Context(), handle); err != nil || !strings.Contains(who.Handle, "annabel") {
				t.Errorf("the suggestion leads to %+v, %v", who, err)
			}
		}
	})
}

func TestPeopleWithoutPictures(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		people := friendstest.Crowd("anna", 6)
		people[2].Photo, people[3].Withheld = "", true
		people[4].Photo = "ftp://photos.example/x.png"
		w := n.with(t, people...)
		_, all, last := w.all(t, "anna", friends.Following)
		lack, withheld := 1, 0 // an address that is none is no picture anywhere
		if n.lacks {
			lack++
		}
		if n.withholds {
			withheld++
		}
		if len(all) != 6-lack-withheld || len(last.NoPhoto) != lack || last.Withheld != withheld {
			t.Errorf("%d people, without %q, %d withheld", len(all), last.NoPhoto, last.Withheld)
		}
		if n.withholds {
			_, err := w.find(t.Context(), people[3].User)
			wantKind(t, err, friends.Withheld, "friends.login_to_see")
		}
	})
}

func TestNamesAreFitToBeShown(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		if n.name == "github" {
			return // its lists have no names
		}
		people := friendstest.Crowd("anna", 6)
		for i, name := range []string{"", "Ben\x00\x1b[31m\n Smith\u202e", "👩‍👩‍👧 חנה מרים", strings.Repeat("long ", 100), "Cleo :verified: 10:30:15", "\u200f\u202a"} {
			people[i+1].Name = name
		}
		people[5].Emojis = []string{"verified"}
		w := n.with(t, people...)
		_, all, _ := w.all(t, "anna", friends.Following)
		wantPeople(t, all)
		if len(all) != 6 {
			t.Fatalf("%d people", len(all))
		}
		want := []string{"user0001", "Ben[31m Smith", "👩‍👩‍👧 חנה מרים", strings.TrimSpace(strings.Repeat("long ", 16)), "Cleo :verified: 10:30:15", "user0006"}
		if n.name == "mastodon" {
			want[4] = "Cleo 10:30:15"
		}
		for i, p := range all {
			if got := strings.TrimSuffix(p.Name, ".bsky.social"); got != want[i] {
				t.Errorf("name %q, want %q", got, want[i])
			}
		}
	})
}

func TestGarbageCursors(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		w := n.with(t, friendstest.Crowd("anna", 3)...)
		who, err := w.find(t.Context(), "anna")
		if err != nil {
			t.Fatal(err)
		}
		before := len(w.server.Requests())
		for _, cursor := range []string{"../../x", "\x00", "a b", "?x=1", "1&page=2", "https://elsewhere.invalid/", strings.Repeat("9", 600), "é"} {
			if n.name == "bluesky" && !strings.ContainsAny(cursor, "\x00 é") && len(cursor) < 512 {
				continue // there, a cursor may be any word
			}
			_, err := w.List(t.Context(), who, friends.Ask{Direction: friends.Following, Cursor: cursor})
			wantKind(t, err, friends.Forgotten, "friends.bad_cursor")
		}
		if len(w.server.Requests()) != before {
			t.Error("the server was asked for a page that cannot be")
		}
	})
}

func TestWhoIsAsked(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		w := n.with(t, friendstest.Crowd("anna", n.page+1)...)
		w.all(t, "anna", friends.Following)
		for _, r := range w.server.Requests() {
			if got := r.UserAgent(); got != "Smalti/1 (+https://example.org/about)" {
				t.Errorf("user agent %q", got)
			}
			if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
				t.Errorf("header %v", r.Header)
			}
		}
	})
}

func TestUnchangedPages(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		w := n.with(t, friendstest.Crowd("anna", 3)...)
		who, err := w.find(t.Context(), "anna")
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.List(t.Context(), who, friends.Ask{Direction: friends.Following})
		if err != nil || (p.ETag != "") != n.tags || p.Unchanged {
			t.Fatalf("%+v, %v", p, err)
		}
		if !n.tags {
			return
		}
		again, err := w.List(t.Context(), who, friends.Ask{Direction: friends.Following, ETag: p.ETag})
		if err != nil || !again.Unchanged || again.People != nil {
			t.Errorf("%+v, %v, want unchanged", again, err)
		}
		w.server.Set(func(s *friendstest.Server) { s.People[1].Photo += "?new" })
		again, err = w.List(t.Context(), who, friends.Ask{Direction: friends.Following, ETag: p.ETag})
		if err != nil || again.Unchanged || len(again.People) != 3 {
			t.Errorf("%+v, %v, want the new page", again, err)
		}
	})
}

func TestCancelled(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		w := n.with(t, friendstest.Crowd("anna", 3)...)
		ctx, cancel := context.WithCancel(t.Context())
		w.server.Set(func(s *friendstest.Server) {
			s.Fault = func(w http.ResponseWriter, r *http.Request) bool { cancel(); return friendstest.Stuck(w, r) }
		})
		if _, err := w.find(ctx, "anna"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
	})
}

// Without -allow-private nobody at a private address is asked.
func TestPrivateAddressesAreNotDialled(t *testing.T) {
	w := networks[0].with(t, friendstest.Crowd("anna", 3)...)
	closed := friends.Networks(friends.Config{})[0]
	for _, host := range []string{w.server.Host, "localhost:80", "169.254.169.254", "10.0.0.1:8080", "2130706433", "0x7f.1", "192.0.2.1", "example.org:22"} {
		handle, err := closed.Canonical("@anna@" + host)
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		_, err = closed.Find(t.Context(), handle)
		wantKind(t, err, friends.Refused, "friends.refused")
	}
	if n := len(w.server.Requests()); n != 0 {
		t.Errorf("%d requests came", n)
	}
}

package friends_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/friends/friendstest"
	"smalti/pkg/job"
)

// memory is a cache of this process. It forgets in time.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
	until  map[string]time.Time
	fault  error
}

func newMemory() *memory {
	return &memory{values: map[string][]byte{}, until: map[string]time.Time{}}
}

func (m *memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !time.Now().Before(m.until[key]) {
		return nil, nil
	}
	return m.values[key], nil
}

func (m *memory) Set(_ context.Context, key string, value []byte, keep time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if keep > time.Hour {
		return fmt.Errorf("kept for %v", keep)
	}
	m.values[key], m.until[key] = value, time.Now().Add(keep)
	return m.fault
}

// club is a source in memory: pages are given, cursors are their numbers.
type club struct {
	pages []friends.Page
	next  func(n int) string // overrides what comes after page n
	err   error              // of everything
	tag   string
	delay time.Duration

	finds, lists, unchanged atomic.Int32
}

func (c *club) Name() string                            { return "club" }
func (c *club) Canonical(handle string) (string, error) { return strings.ToLower(handle), nil }

func (c *club) Find(context.Context, string) (friends.Subject, error) {
	c.finds.Add(1)
	time.Sleep(c.delay)
	return friends.Subject{Person: friends.Person{ID: "0", Name: "Anna", Handle: "@anna", Photo: "https://photos.example/0"}, Following: 3}, c.err
}

func (c *club) List(_ context.Context, _ friends.Subject, ask friends.Ask) (friends.Page, error) {
	c.lists.Add(1)
	if c.err != nil {
		return friends.Page{}, c.err
	}
	if ask.ETag != "" && ask.ETag == c.tag {
		c.unchanged.Add(1)
		return friends.Page{Unchanged: true}, nil
	}
	n := 0
	fmt.Sscan(ask.Cursor, &n)
	p := c.pages[min(n, len(c.pages)-1)]
	p.ETag = c.tag
	if c.next != nil {
		p.Next = c.next(n)
	} else if n+1 < len(c.pages) {
		p.Next = fmt.Sprint(n + 1)
	}
	return p, nil
}

// members are people with the ids from..to-1.
func members(from, to int) (all []friends.Person) {
	for i := from; i < to; i++ {
		all = append(all, friends.Person{ID: fmt.Sprint(i), Name: fmt.Sprint("Friend ", i), Photo: fmt.Sprint("https://photos.example/", i)})
	}
	return all
}

func (c *club) on(cache friends.Cache) *friends.Lists {
	return friends.NewLists([]friends.Source{c}, cache)
}

var anna = friends.Query{Source: "club", Handle: "Anna", Direction: friends.Following}

func TestAnyServerGoesOnWithAnyPage(t *testing.T) {
	c := &club{pages: []friends.Page{{People: members(1, 4), NoPhoto: []string{"x"}}, {Withheld: 2}, {People: members(4, 6)}}}
	cache := newMemory()
	part, err := c.on(cache).Open(t.Context(), anna)
	if err != nil || len(part.People) != 3 || part.Who.Name != "Anna" || part.Query.Handle != "anna" {
		t.Fatalf("%+v, %v", part, err)
	}
	var all []friends.Person
	for all = part.People; part.Next != ""; all = append(all, part.People...) {
		cursor := part.Next
		for range 2 { // another server each time
			if part, err = c.on(cache).Continue(t.Context(), cursor); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(all, members(1, 6)) || part.Count != 5 || part.NoPhoto != 1 || part.Withheld != 2 {
		t.Errorf("%+v, the last part %+v", all, part)
	}
	if n := c.lists.Load(); n != 3 {
		t.Errorf("the network was asked %d times for 3 pages", n)
	}
	for _, tc := range []struct {
		page, n int
		want    string
	}{{0, 0, "1"}, {0, 2, "3"}, {2, 1, "5"}, {0, 3, ""}, {0, -1, ""}, {1, 0, ""}, {3, 0, ""}, {-1, 0, ""}, {1 << 40, 0, ""}} {
		got, err := c.on(cache).Photo(t.Context(), part.List, tc.page, tc.n)
		if tc.want == "" {
			wantKind(t, err, friends.Forgotten, "")
		} else if got != "https://photos.example/"+tc.want || err != nil {
			t.Errorf("the photo at %d of page %d: %q, %v", tc.n, tc.page, got, err)
		}
	}
	for _, list := range []string{"", "x", job.NewID(), "../" + part.List} {
		_, err := c.on(cache).Photo(t.Context(), list, 0, 0)
		wantKind(t, err, friends.Forgotten, "")
	}
	for _, cursor := range []string{"", "x", "..", "../x.1", part.List, part.List + ".0", part.List + ".-1", part.List + ".01", part.List + ".3", part.List + ".99", part.List + ".1000000", job.NewID() + ".1", "https://elsewhere.invalid/.1"} {
		_, err := c.on(cache).Continue(t.Context(), cursor)
		wantKind(t, err, friends.Forgotten, "")
	}
	if n := c.lists.Load(); n != 3 {
		t.Error("a senseless cursor made us ask the network")
	}
}

func TestListsAreKeptForAnHourAndAskedAboutInBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &club{pages: []friends.Page{{People: members(1, 4)}, {People: members(4, 6)}}, tag: `"a"`}
		l := c.on(newMemory())
		open := func() *friends.Part {
			t.Helper()
			part, err := l.Open(t.Context(), anna)
			if err != nil {
				t.Fatal(err)
			}
			return part
		}
		first := open()
		if left := time.Until(first.Expires); left != time.Hour {
			t.Errorf("kept for %v", left)
		}
		time.Sleep(9 * time.Minute)
		if open().List != first.List || c.lists.Load() != 1 {
			t.Errorf("a fresh list was asked for again (%d times)", c.lists.Load())
		}
		time.Sleep(2 * time.Minute)
		if open().List != first.List || c.finds.Load() != 1 || c.unchanged.Load() != 1 {
			t.Errorf("%d finds, %d unchanged: want a question whether the list still holds", c.finds.Load(), c.unchanged.Load())
		}
		if open(); c.lists.Load() != 2 {
			t.Error("asked again at once")
		}
		time.Sleep(11 * time.Minute)
		c.err = &friends.Error{Kind: friends.Busy}
		if open().List != first.List {
			t.Error("a network that is busy made us forget the list")
		}
		time.Sleep(11 * time.Minute)
		c.err, c.tag = nil, `"b"`
		second := open()
		if second.List == first.List || c.finds.Load() != 2 {
			t.Error("a list that has changed was not begun anew")
		}
		if _, err := l.Continue(t.Context(), first.Next); err != nil {
			t.Errorf("the old list cannot be gone on with: %v", err)
		}
		time.Sleep(28 * time.Minute) // the first is 61 minutes old
		_, err := l.Continue(t.Context(), first.Next)
		wantKind(t, err, friends.Forgotten, "friends.list_forgotten")
		if _, err := l.Continue(t.Context(), second.Next); err != nil {
			t.Error(err)
		}
		g, err := l.Gather(t.Context(), anna, first.List, nil)
		if err != nil || len(g.Friends) != 5 {
			t.Errorf("a forgotten list was not gathered again: %+v, %v", g, err)
		}
	})
}

// Where pages have no ETag, the list is begun anew, unless the network is away.
func TestListsWithoutTags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &club{pages: []friends.Page{{People: members(1, 4)}}}
		l := c.on(newMemory())
		var lists []string
		for _, c.err = range []error{nil, &friends.Error{Kind: friends.Unreachable}, nil} {
			part, err := l.Open(t.Context(), anna)
			if err != nil {
				t.Fatal(err)
			}
			lists = append(lists, part.List)
			time.Sleep(11 * time.Minute)
		}
		if lists[0] != lists[1] || lists[1] == lists[2] || c.finds.Load() != 3 {
			t.Errorf("lists %q after %d finds", lists, c.finds.Load())
		}
		c.err = &friends.Error{Kind: friends.Hidden}
		_, err := l.Open(t.Context(), anna)
		if friends.KindOf(err) != friends.Hidden {
			t.Errorf("got %v, want that the list is hidden by now", err)
		}
	})
}

func TestListsEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		next   func(n int) string
		people int
		asked  int32
	}{
		"the same cursor again": {func(int) string { return "1" }, 200, 3},
		"a circle":              {func(n int) string { return fmt.Sprint((n + 1) % 4) }, 400, 5},
		"always a new one":      {func(n int) string { return fmt.Sprint(n + 1) }, job.MaxFriends, 50},
	} {
		t.Run(name, func(t *testing.T) {
			c := &club{next: tc.next}
			for i := range 60 {
				c.pages = append(c.pages, friends.Page{People: members(i*100, i*100+100), Total: 6000})
			}
			g, err := c.on(newMemory()).Gather(t.Context(), anna, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(g.Friends) != tc.people || c.lists.Load() > tc.asked {
				t.Errorf("%d people from %d pages, want %d", len(g.Friends), c.lists.Load(), tc.people)
			}
			if more := tc.people == job.MaxFriends; more != (len(g.Skipped) == 1) || more && g.Skipped[0].Says.Args["n"] != 1000.0 {
				t.Errorf("skipped: %v", g.Skipped)
			}
		})
	}
	c := &club{pages: []friends.Page{{Withheld: 1}}, next: func(n int) string { return fmt.Sprint(n + 1) }}
	if _, err := c.on(newMemory()).Gather(t.Context(), anna, "", nil); err != nil || c.lists.Load() > 200 {
		t.Errorf("empty pages without end: %v after %d pages", err, c.lists.Load())
	}
}

func TestGathering(t *testing.T) {
	c := &club{pages: []friends.Page{
		{People: members(1, 4), NoPhoto: []string{"Ben"}, Withheld: 1},
		{People: append(members(3, 6), friends.Person{ID: "twin", Name: "Twin", Photo: "https://photos.example/5"}), Withheld: 2},
	}}
	l := c.on(newMemory())
	part, err := l.Open(t.Context(), anna)
	if err != nil {
		t.Fatal(err)
	}
	g, err := l.Gather(t.Context(), anna, part.List, []string{"2", "who?"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range g.Friends {
		ids = append(ids, f.ID)
	}
	if got := strings.Join(ids, " "); got != "1 3 4 5" || c.finds.Load() != 1 {
		t.Errorf("friends %s after %d finds", got, c.finds.Load())
	}
	if len(g.Skipped) != 3 || g.Skipped[0].Name != "Ben" || g.Skipped[1].Name != "Twin" || g.Skipped[2].Says.Args["n"] != 3.0 {
		t.Errorf("skipped %+v", g.Skipped)
	}
	// A list of somebody else, or in the other direction, is not taken for this one.
	other := anna
	other.Direction = friends.Followers
	if _, err := l.Gather(t.Context(), other, part.List, nil); err != nil || c.finds.Load() != 2 {
		t.Errorf("%v after %d finds", err, c.finds.Load())
	}
	for _, q := range []friends.Query{{Source: "myspace", Direction: friends.Following}, {Source: "club", Direction: "sideways"}} {
		_, err := l.Gather(t.Context(), q, "", nil)
		wantKind(t, err, friends.BadHandle, "friends.bad_source")
	}
}

func TestManyAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &club{pages: []friends.Page{{People: members(1, 4)}}, delay: time.Second}
		l := c.on(newMemory())
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := l.Open(impatient, anna); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if _, err := l.Open(t.Context(), anna); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if c.finds.Load() != 1 {
			t.Errorf("the network was asked %d times", c.finds.Load())
		}
		var busy, fine atomic.Int32
		for i := range 40 {
			wg.Go(func() {
				_, err := l.Open(t.Context(), friends.Query{Source: "club", Handle: fmt.Sprint(i), Direction: friends.Following})
				if e, ok := errors.AsType[*friends.Error](err); ok && e.Kind == friends.Busy && e.Retry > 0 {
					busy.Add(1)
				} else if err == nil {
					fine.Add(1)
				}
			})
		}
		wg.Wait()
		if busy.Load() != 8 || fine.Load() != 32 {
			t.Errorf("%d were told to wait, %d were served", busy.Load(), fine.Load())
		}
	})
}

func TestCacheThatIsAway(t *testing.T) {
	cache := newMemory()
	c := &club{pages: []friends.Page{{People: members(1, 4)}}}
	cache.fault = errors.New("away")
	if _, err := c.on(cache).Open(t.Context(), anna); !errors.Is(err, cache.fault) {
		t.Errorf("got %v", err)
	}
}

// What the real sources give goes through the cache and comes out whole.
func TestListsOfNetworks(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n *network) {
		w := n.with(t, friendstest.Crowd("anna", n.page+20)...)
		l := friends.NewLists([]friends.Source{w}, newMemory())
		q := friends.Query{Source: n.name, Handle: w.handle("anna"), Direction: friends.Following}
		part, err := l.Open(t.Context(), q)
		if err != nil || part.Next == "" || strings.ContainsAny(part.Next, "/:?&") {
			t.Fatalf("%+v, %v", part, err)
		}
		g, err := l.Gather(t.Context(), q, part.List, []string{part.People[0].ID})
		if err != nil || len(g.Friends) != n.page+19 || g.Who.Photo == "" {
			t.Fatalf("%+v, %v", g, err)
		}
		for _, f := range g.Friends {
			if strings.Contains(fmt.Sprint(f), token) || strings.Contains(fmt.Sprint(f), "example.org") {
				t.Errorf("%+v has what does not belong in a package", f)
			}
		}
	})
}

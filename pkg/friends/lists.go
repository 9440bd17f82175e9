package friends

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

// Limits of a list, and of looking one up.
const (
	maxPages   = 200              // the shortest pages that a network gives hold a few dozen people
	keepList   = time.Hour        // then it is forgotten
	freshList  = 10 * time.Minute // then the network is asked whether it still holds
	leastLeft  = 15 * time.Minute // a list that expires sooner is not started from
	onePage    = 25 * time.Second // for all requests of one page
	maxAtOnce  = 32               // how many pages are asked for at the same time
	tooManyNow = 5 * time.Second  // the pause for the next ones
)

// Query says whose friends are wanted.
type Query struct {
	Source    string    `json:"source"`
	Handle    string    `json:"handle"`
	Direction Direction `json:"direction"`
}

// Part is a page of a list that is gathered bit by bit.
type Part struct {
	List    string    // names the list
	Number  int       // of this page, from 0
	Query   Query     // in its canonical form
	Who     Subject   // whose friends they are
	People  []Person  // of this page; may be empty before the last, too
	Total   int       // in the whole list, as the network says; 0: it does not
	Next    string    // the cursor of the next part; empty: this was the last
	Expires time.Time // when the list is forgotten

	// Counts of this part and all before it.
	Count, NoPhoto, Withheld int
}

// Lists reads lists of friends page by page. Pages are in a shared cache, so that any web server can continue
// a list, and so that a network is asked once for what many people want. It is safe for concurrent use.
type Lists struct {
	sources []Source
	cache   Cache
	flights singleflight.Group
	asking  *semaphore.Weighted
}

// NewLists returns lists of the given sources.
func NewLists(sources []Source, c Cache) *Lists {
	return &Lists{sources: sources, cache: c, asking: semaphore.NewWeighted(maxAtOnce)}
}

// Names are the names of the sources.
func (l *Lists) Names() (names []string) {
	for _, s := range l.sources {
		names = append(names, s.Name())
	}
	return names
}

func (l *Lists) source(name string) Source {
	for _, s := range l.sources {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

// Open begins a list. The error is an [*Error], one of the cache, or that of ctx.
func (l *Lists) Open(ctx context.Context, q Query) (*Part, error) {
	q, err := l.canonical(q)
	if err != nil {
		return nil, err
	}
	pg, err := l.once(ctx, nameKey(q), func(ctx context.Context) (*page, error) { return l.first(ctx, q) })
	if err != nil {
		return nil, err
	}
	return pg.part(), nil
}

func (l *Lists) canonical(q Query) (Query, error) {
	s := l.source(q.Source)
	if s == nil || q.Direction != Following && q.Direction != Followers {
		return q, fail(BadHandle, fmt.Errorf("%s of %s", q.Direction, q.Source), message.New("friends.bad_source"))
	}
	var err error
	q.Handle, err = s.Canonical(q.Handle)
	return q, err
}

// Continue gives the part that a cursor stands for. A cursor whose list is forgotten, or that never
// was one, is an error of the kind [Forgotten].
func (l *Lists) Continue(ctx context.Context, cursor string) (*Part, error) {
	list, number, _ := strings.Cut(cursor, ".")
	n, err := strconv.Atoi(number)
	if err != nil || strconv.Itoa(n) != number || n < 1 || n >= maxPages || !job.ValidID(list) {
		return nil, badCursor(cursor)
	}
	pg, err := l.page(ctx, list, n)
	if err != nil {
		return nil, err
	}
	return pg.part(), nil
}

// Photo returns the address of the photo of the n-th person, from 0, on a page of a list. It sends no request:
// a page that is not in the cache is an error of the kind [Forgotten].
func (l *Lists) Photo(ctx context.Context, list string, number, n int) (string, error) {
	if !job.ValidID(list) || number < 0 || number >= maxPages {
		return "", forgotten()
	}
	pg, err := l.load(ctx, pageKey(list, number))
	if err != nil {
		return "", err
	}
	if pg == nil || n < 0 || n >= len(pg.People) {
		return "", forgotten()
	}
	return pg.People[n].Photo, nil
}

func forgotten() error {
	return fail(Forgotten, nil, message.New("friends.list_forgotten"))
}

// page gives a page that is known, or asks for it, if the one before it is known.
func (l *Lists) page(ctx context.Context, list string, n int) (*page, error) {
	pg, err := l.load(ctx, pageKey(list, n))
	if pg != nil || err != nil {
		return pg, err
	}
	before, err := l.load(ctx, pageKey(list, n-1))
	switch {
	case err != nil:
		return nil, err
	case before == nil:
		return nil, forgotten()
	case before.Next == "":
		return nil, badCursor(fmt.Sprintf("%s.%d", list, n))
	}
	return l.once(ctx, pageKey(list, n), func(ctx context.Context) (*page, error) { return l.following(ctx, before) })
}

// first returns the first page of a list. Where one was read a while ago, the network is only asked whether it
// still holds; while the network is unavailable, it does.
func (l *Lists) first(ctx context.Context, q Query) (*page, error) {
	known, err := l.load(ctx, nameKey(q))
	if err != nil {
		return nil, err
	}
	if known != nil && time.Since(known.Held) < freshList {
		return known, nil
	}
	if known != nil && l.stillHolds(ctx, known) {
		known.Held = time.Now().UTC()
		return known, l.save(ctx, nameKey(q), known, max(time.Until(known.Began.Add(keepList-leastLeft)), time.Second))
	}
	pg, err := l.begin(ctx, q)
	if known != nil && away(err) {
		return known, nil
	}
	return pg, err
}

// begin looks up a person, and caches the first page of a new list.
func (l *Lists) begin(ctx context.Context, q Query) (*page, error) {
	s := l.source(q.Source)
	who, err := s.Find(ctx, q.Handle)
	if err != nil {
		return nil, err
	}
	got, err := s.List(ctx, who, Ask{Direction: q.Direction})
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	pg := &page{List: job.NewID(), Query: q, Who: who, Began: now, Held: now}
	pg.take(got, nil)
	if err := l.save(ctx, pageKey(pg.List, 0), pg, keepList); err != nil {
		return nil, err
	}
	return pg, l.save(ctx, nameKey(q), pg, keepList-leastLeft)
}

// away reports whether a network is unavailable.
func away(err error) bool {
	return slices.Contains([]Kind{Busy, Slow, Unreachable, Offline}, KindOf(err))
}

func (l *Lists) stillHolds(ctx context.Context, pg *page) bool {
	if pg.ETag == "" {
		return false
	}
	got, err := l.source(pg.Query.Source).List(ctx, pg.Who, Ask{Direction: pg.Query.Direction, ETag: pg.ETag})
	if err != nil {
		return away(err)
	}
	return got.Unchanged
}

// following asks for the next page.
func (l *Lists) following(ctx context.Context, before *page) (*page, error) {
	left := time.Until(before.Began.Add(keepList))
	got, err := l.source(before.Query.Source).List(ctx, before.Who, Ask{Direction: before.Query.Direction, Cursor: before.Next})
	if err != nil {
		return nil, err
	}
	pg := &page{List: before.List, Number: before.Number + 1, Query: before.Query, Who: before.Who, Began: before.Began, Held: before.Held}
	pg.take(got, before)
	return pg, l.save(ctx, pageKey(pg.List, pg.Number), pg, max(left, time.Second))
}

// once runs ask for a key once at a time, for all callers. It goes on when the first caller has gone: the
// result is cached for the next.
func (l *Lists) once(ctx context.Context, key string, ask func(context.Context) (*page, error)) (*page, error) {
	c := l.flights.DoChan(key, func() (any, error) {
		if !l.asking.TryAcquire(1) {
			return nil, tryLater(tooManyNow, nil, message.New("friends.look_ups_busy", "wait", tooManyNow))
		}
		defer l.asking.Release(1)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), onePage)
		defer cancel()
		return ask(ctx)
	})
	select {
	case r := <-c:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*page), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

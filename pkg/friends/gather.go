package friends

import (
	"context"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

// Gathered is a whole list.
type Gathered struct {
	Who     Subject
	Friends []job.Friend
	Skipped []job.Skipped // who is not among the friends, and why
}

// Gather returns a whole list, at most [job.MaxFriends] people, without the ids in leaveOut. list names a list
// that was started; if it is empty, has expired or is of another person, the network is asked again.
func (l *Lists) Gather(ctx context.Context, q Query, list string, leaveOut []string) (*Gathered, error) {
	q, err := l.canonical(q)
	if err != nil {
		return nil, err
	}
	pg, err := l.begun(ctx, q, list)
	if err != nil {
		return nil, err
	}
	g := &gathering{result: Gathered{Who: pg.Who}, seen: map[string]bool{}}
	for _, id := range leaveOut {
		g.seen[id] = true
	}
	for g.take(pg); pg.Next != "" && len(g.result.Friends) < job.MaxFriends; g.take(pg) {
		if pg, err = l.page(ctx, pg.List, pg.Number+1); err != nil {
			return nil, err
		}
	}
	return g.done(pg), nil
}

func (l *Lists) begun(ctx context.Context, q Query, list string) (*page, error) {
	if job.ValidID(list) {
		pg, err := l.load(ctx, pageKey(list, 0))
		if err != nil {
			return nil, err
		}
		if pg != nil && pg.Query == q && time.Until(pg.Began.Add(keepList)) > onePage {
			return pg, nil
		}
	}
	return l.once(ctx, nameKey(q), func(ctx context.Context) (*page, error) { return l.first(ctx, q) })
}

// gathering puts pages together.
type gathering struct {
	result   Gathered
	seen     map[string]bool // ids and photos
	withheld int
}

var noPicture = message.New("friends.no_picture")

func (g *gathering) take(pg *page) {
	for _, p := range pg.People {
		// Pages shift while they are read, so that people may come twice; and a picture that two people
		// share is not their own.
		switch {
		case g.seen[p.ID]:
			continue
		case g.seen[p.Photo]:
			g.skip(p.Name, noPicture)
		case len(g.result.Friends) < job.MaxFriends:
			g.result.Friends = append(g.result.Friends, p.Friend())
		}
		g.seen[p.ID], g.seen[p.Photo] = true, true
	}
	for _, name := range pg.Without {
		g.skip(name, noPicture)
	}
	g.withheld += pg.Lack
}

func (g *gathering) skip(name string, why message.Message) {
	if len(g.result.Skipped) < job.MaxFriends-2 {
		g.result.Skipped = append(g.result.Skipped, job.Skip(name, why))
	}
}

// done adds the people who are counted but not named.
func (g *gathering) done(last *page) *Gathered {
	if g.withheld > 0 {
		g.skip("", message.New("friends.withheld", "n", g.withheld))
	}
	if rest := last.Total - last.Count - last.NoPhoto - last.Withheld; last.Count >= job.MaxFriends && rest > 0 {
		g.skip("", message.New("friends.over_limit", "n", rest, "limit", job.MaxFriends))
	}
	return &g.result
}

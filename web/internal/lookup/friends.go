package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"smalti/pkg/cache"
	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/photo"
	"smalti/pkg/redisconn"
	"smalti/web/internal/answer"
	"smalti/web/internal/problem"
)

// lists is what the front end needs of the networks.
type lists interface {
	Names() []string
	Open(ctx context.Context, q friends.Query) (*friends.Part, error)
	Continue(ctx context.Context, cursor string) (*friends.Part, error)
	Gather(ctx context.Context, q friends.Query, list string, leaveOut []string) (*friends.Gathered, error)
	Photo(ctx context.Context, list string, page, n int) (string, error)
}

// openListCache opens the cache of lists, which all web servers share: a list that was begun on one is
// continued on any.
func (sys *system) openListCache() (*cache.Shared, error) {
	client, err := redisconn.New(sys.redis)
	if err != nil {
		return nil, fmt.Errorf("-redis: %w", err)
	}
	// Some thousand lists of a few hundred people.
	c := cache.NewShared(client, cache.Config{Name: "lists", Shared: 128 << 20, Value: 4 << 20, Patience: 2 * time.Second, Log: sys.log})
	sys.onClose(c.Close)
	return c, nil
}

// openLists prepares to ask the networks; nobody is asked yet.
func (sys *system) openLists(known *cache.Shared) *friends.Lists {
	c := &sys.settings.networks
	if c.Transport == nil {
		c.Transport = photo.NewTransport(photo.DownloadConfig{AllowPrivate: c.AllowPrivate, Allow: sys.settings.photos.Hosts.Take})
	}
	return friends.NewLists(friends.Networks(sys.settings.networks), known)
}

// partOfList is the answer to a look-up: a page of people.
type partOfList struct {
	List         string            `json:"list"`
	Source       string            `json:"source"`
	Direction    friends.Direction `json:"direction"`
	Person       friends.Person    `json:"person"`
	People       []listedPerson    `json:"people"`
	Count        int               `json:"count"`
	Total        int               `json:"total,omitempty"`
	WithoutPhoto int               `json:"without_photo"`
	Withheld     int               `json:"withheld"`
	Next         string            `json:"next,omitempty"`
	Expires      time.Time         `json:"expires"`
}

// listedPerson is somebody on a list, with the address of a small picture here: pages show none from
// elsewhere.
type listedPerson struct {
	friends.Person
	Thumb string `json:"thumb"`
}

func (s *server) getFriends(w http.ResponseWriter, r *http.Request) {
	p, err := s.lookUp(r)
	if err != nil {
		s.pages.Refuse(w, r, s.friendsProblem(err))
		return
	}
	people := make([]listedPerson, len(p.People))
	for i, person := range p.People {
		people[i] = listedPerson{person, thumbPath(p.List, p.Number, i)}
	}
	answer.JSON(w, http.StatusOK, partOfList{
		List: p.List, Source: p.Query.Source, Direction: p.Query.Direction, Person: p.Who.Person, People: people,
		Count: p.Count, Total: p.Total, WithoutPhoto: p.NoPhoto, Withheld: p.Withheld, Next: p.Next, Expires: p.Expires,
	})
}

func (s *server) lookUp(r *http.Request) (*friends.Part, error) {
	if err := notCrossSite(r); err != nil {
		return nil, err
	}
	asked := r.URL.Query() // r.FormValue would read a body, too, and keep it
	if cursor := asked.Get("cursor"); cursor != "" {
		return s.lists.Continue(r.Context(), cursor)
	}
	q, bad := s.query(asked.Get("source"), asked.Get("handle"), asked.Get("direction"))
	if len(bad) > 0 {
		return nil, bad
	}
	p, err := s.lists.Open(r.Context(), q)
	if err == nil {
		s.know(r.Context(), p.Who)
	}
	return p, err
}

// know lets a server be asked for the photos of a crowd whose list it has given out.
func (s *server) know(ctx context.Context, who friends.Subject) {
	if u, err := url.Parse(who.Origin); err == nil && u.Host != "" && s.hosts != nil {
		s.hosts.Know(ctx, u.Host)
	}
}

// notCrossSite refuses what costs others something, too, where another site has a visitor's browser do it.
func notCrossSite(r *http.Request) error {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return problem.New(http.StatusForbidden, message.New("problem.cross_site"))
	}
	return nil
}

// query checks what can be checked before anybody is asked.
func (s *server) query(source, handle, direction string) (q friends.Query, bad job.Invalid) {
	q = friends.Query{Source: source, Handle: handle, Direction: friends.Direction(direction)}
	if names := s.lists.Names(); !slices.Contains(names, source) {
		bad.Add("source", message.New("field.source", "networks", strings.Join(names, ", ")))
	}
	switch q.Direction {
	case "":
		q.Direction = friends.Following
	case friends.Following, friends.Followers:
	default:
		bad.Add("direction", message.New("field.direction"))
	}
	return q, bad
}

// statusOf are the answers to the ways in which a look-up can fail. What is the visitor's to mend is
// a 4xx, what is a server's elsewhere a 5xx.
var statusOf = map[friends.Kind]int{
	friends.BadHandle:    http.StatusUnprocessableEntity,
	friends.Nobody:       http.StatusUnprocessableEntity,
	friends.WrongNetwork: http.StatusUnprocessableEntity,
	friends.NoSuchPerson: http.StatusNotFound,
	friends.Hidden:       http.StatusForbidden,
	friends.Withheld:     http.StatusForbidden,
	friends.LoginNeeded:  http.StatusForbidden,
	friends.Refused:      http.StatusForbidden,
	friends.Unreachable:  http.StatusBadGateway,
	friends.Broken:       http.StatusBadGateway,
	friends.Moved:        http.StatusUnprocessableEntity,
	friends.Offline:      http.StatusServiceUnavailable,
	friends.Slow:         http.StatusGatewayTimeout,
	friends.Busy:         http.StatusServiceUnavailable,
	friends.Forgotten:    http.StatusGone,
}

const maxSuggestions = 10

// friendsProblem words what went wrong with a look-up; an error that is none of the look-up's own
// comes back as it is, except that of the queue.
func (s *server) friendsProblem(err error) error {
	e, ok := errors.AsType[*friends.Error](err)
	if status := statusOf[friends.KindOf(err)]; ok && status != 0 {
		s.log.Debug("looking up friends", "kind", e.Kind, "error", err)
		p := problem.New(status, e.Message())
		p.Code = string(e.Kind)
		for _, other := range e.Suggestions[:min(len(e.Suggestions), maxSuggestions)] {
			p.Suggestions = append(p.Suggestions, message.Clip(other, maxField))
		}
		if e.Kind == friends.Offline { // no fault of what was typed
			s.log.Warn("looking up friends", "error", err)
			p.Retry = new(time.Minute)
			p.Errors.Add("network", e.Message())
			return p
		}
		p.Errors.Add("handle", e.Message())
		if e.Retry > 0 { // in whole seconds; who comes too early is sent away once more
			p.Retry = new((e.Retry + time.Second - 1).Truncate(time.Second))
		}
		return p
	}
	if errors.Is(err, cache.ErrUnavailable) {
		s.log.Warn("looking up friends", "error", err)
		return problem.ErrQueueAway
	}
	return err
}

// Package lookup answers who the friends of somebody on a network are, and shows small pictures of them.
package lookup

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"smalti/pkg/cache"
	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/limit"
	"smalti/pkg/message"
	"smalti/web/internal/answer"
	"smalti/web/internal/problem"
)

// Lists is what is needed of the networks.
type Lists interface {
	Names() []string
	Open(ctx context.Context, q friends.Query) (*friends.Part, error)
	Continue(ctx context.Context, cursor string) (*friends.Part, error)
	Gather(ctx context.Context, q friends.Query, list string, leaveOut []string) (*friends.Gathered, error)
	Photo(ctx context.Context, list string, page, n int) (string, error)
}

// Handler answers look-ups. It is safe for concurrent use.
type Handler struct {
	Lists  Lists
	Thumbs *Thumbs
	Hosts  *limit.Hosts // of photos and networks; may be nil
	Log    *slog.Logger
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// Part is the answer to a look-up: a page of people.
type Part struct {
	List         string            `json:"list"`
	Source       string            `json:"source"`
	Direction    friends.Direction `json:"direction"`
	Person       friends.Person    `json:"person"`
	People       []ListedPerson    `json:"people"`
	Count        int               `json:"count"`
	Total        int               `json:"total,omitempty"`
	WithoutPhoto int               `json:"without_photo"`
	Withheld     int               `json:"withheld"`
	Next         string            `json:"next,omitempty"`
	Expires      time.Time         `json:"expires"`
}

// ListedPerson is somebody on a list, with the address of a small picture here: pages show none from
// elsewhere.
type ListedPerson struct {
	friends.Person
	Thumb string `json:"thumb"`
}

// Friends answers with a page of people.
func (s *Handler) Friends(w http.ResponseWriter, r *http.Request) {
	p, err := s.lookUp(r)
	if err != nil {
		s.Refuse(w, r, s.problemOf(err))
		return
	}
	people := make([]ListedPerson, len(p.People))
	for i, person := range p.People {
		people[i] = ListedPerson{person, thumbPath(p.List, p.Number, i)}
	}
	answer.JSON(w, http.StatusOK, Part{
		List: p.List, Source: p.Query.Source, Direction: p.Query.Direction, Person: p.Who.Person, People: people,
		Count: p.Count, Total: p.Total, WithoutPhoto: p.NoPhoto, Withheld: p.Withheld, Next: p.Next, Expires: p.Expires,
	})
}

func (s *Handler) lookUp(r *http.Request) (*friends.Part, error) {
	if err := notCrossSite(r); err != nil {
		return nil, err
	}
	asked := r.URL.Query() // r.FormValue would read a body, too, and keep it
	if cursor := asked.Get("cursor"); cursor != "" {
		return s.Lists.Continue(r.Context(), cursor)
	}
	q, err := s.query(asked.Get("source"), asked.Get("handle"), asked.Get("direction"))
	if err != nil {
		return nil, err
	}
	p, err := s.Lists.Open(r.Context(), q)
	if err == nil {
		s.know(r.Context(), p.Who)
	}
	return p, err
}

// know lets a server be asked for the photos of a crowd whose list it has given out.
func (s *Handler) know(ctx context.Context, who friends.Subject) {
	if u, err := url.Parse(who.Origin); err == nil && u.Host != "" && s.Hosts != nil {
		s.Hosts.Know(ctx, u.Host)
	}
}

// notCrossSite refuses what costs others something, too, where another site has a visitor's browser do it.
func notCrossSite(r *http.Request) error {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return problem.New(http.StatusForbidden, message.New("problem.cross_site"))
	}
	return nil
}

// query checks what can be checked before anybody is asked. The error is a [job.Invalid].
func (s *Handler) query(source, handle, direction string) (friends.Query, error) {
	q := friends.Query{Source: source, Handle: handle, Direction: friends.Direction(direction)}
	var bad job.Invalid
	if names := s.Lists.Names(); !slices.Contains(names, source) {
		bad.Add("source", message.New("field.source", "networks", strings.Join(names, ", ")))
	}
	switch q.Direction {
	case "":
		q.Direction = friends.Following
	case friends.Following, friends.Followers:
	default:
		bad.Add("direction", message.New("field.direction"))
	}
	if len(bad) > 0 {
		return q, bad
	}
	return q, nil
}

// Gather gives a whole list of friends, of which list is one that was looked up already. The error is a
// [job.Invalid], a [problem.Problem], or a fault of ours.
func (s *Handler) Gather(ctx context.Context, source, handle, direction, list string, leaveOut []string) (*friends.Gathered, error) {
	q, err := s.query(source, handle, direction)
	if err != nil {
		return nil, err
	}
	g, err := s.Lists.Gather(ctx, q, list, leaveOut)
	if err != nil {
		return nil, s.problemOf(err)
	}
	s.know(ctx, g.Who)
	return g, nil
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

const (
	maxSuggestions = 10
	maxSuggestion  = 1 << 10 // bytes
)

// problemOf words what went wrong with a look-up; an error that is none of the look-up's own
// comes back as it is, except that of the queue.
func (s *Handler) problemOf(err error) error {
	e, ok := errors.AsType[*friends.Error](err)
	if status := statusOf[friends.KindOf(err)]; ok && status != 0 {
		s.Log.Debug("looking up friends", "kind", e.Kind, "error", err)
		p := problem.New(status, e.Message())
		p.Code = string(e.Kind)
		for _, other := range e.Suggestions[:min(len(e.Suggestions), maxSuggestions)] {
			p.Suggestions = append(p.Suggestions, message.Clip(other, maxSuggestion))
		}
		if e.Kind == friends.Offline { // no fault of what was typed
			s.Log.Warn("looking up friends", "error", err)
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
		s.Log.Warn("looking up friends", "error", err)
		return problem.ErrQueueAway
	}
	return err
}

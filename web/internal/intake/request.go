package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/choices"
)

// Request is what a client asks for, before it becomes a package. The JSON form of the API has the
// same fields as the page's form.
type Request struct {
	Source   string          `json:"source"`             // demo, list, upload, links or a network
	Friends  []job.Friend    `json:"friends,omitempty"`  // of list; of upload, those whose photos were sent ahead
	Target   string          `json:"target,omitempty"`   // an address; empty with demo or a network: the person's own picture
	Size     string          `json:"size,omitempty"`     // postcard, poster or wall; empty is poster
	Shape    job.Shape       `json:"shape,omitempty"`    // as in Options; empty or auto is the size's
	Tint     *float64        `json:"tint,omitempty"`     // as in Options; empty is the default
	Fair     *float64        `json:"fair,omitempty"`     // as in Options; empty is the default
	Everyone *bool           `json:"everyone,omitempty"` // as in Options; empty is the default
	Options  json.RawMessage `json:"options,omitempty"`  // single options, on top of the size's

	Handle    string   `json:"handle,omitempty"`    // of a network: whose friends
	Direction string   `json:"direction,omitempty"` // of a network: following or followers; empty is following
	List      string   `json:"list,omitempty"`      // of a network: a list that was looked up already
	LeaveOut  []string `json:"leave_out,omitempty"` // the ids of friends not to take
	Links     string   `json:"links,omitempty"`     // of links: a photo's address a line

	autoTint bool // instead of Tint, which a form always has

	sent    bool // Target came along as a file
	skipped []job.Skipped
}

// toPackage makes the package with the given id. Where friends have to be looked up, gather does
// that, once everything else is right. The error is a job.Invalid with every wrong input, or that of
// gather.
func (q *Request) toPackage(ctx context.Context, id, owner string, now time.Time, gather func(context.Context, *job.Package) (job.Invalid, error)) (*job.Package, error) {
	var bad job.Invalid
	s, ok := choices.SizeNamed(q.Size)
	if !ok {
		bad.Add("size", message.New("field.size"))
		s = choices.Sizes[0]
	}
	p := &job.Package{
		V: job.Version, ID: id, Created: now.UTC(), Target: job.Target{URL: q.Target},
		Friends: q.Friends, Options: job.Defaults(), Priority: job.Interactive, Owner: owner, Skipped: q.skipped,
	}
	s = s.In(q.shape())
	p.Options.Columns, p.Options.Tile, p.Options.Shape = s.Columns, s.Tile, s.Shape
	if q.Fair != nil {
		p.Options.Fair = *q.Fair
	}
	if q.Tint != nil && !q.autoTint {
		p.Options.Tint = *q.Tint
	}
	if q.Everyone != nil {
		if p.Options.Everyone = *q.Everyone; !p.Options.Everyone {
			p.Options.Fair = 0 // which would have everybody in it
		}
	}
	if len(q.Options) > 0 {
		bad = append(bad, below("options", job.DecodeStrict(q.Options, &p.Options))...)
	}
	bad = append(bad, q.problemsOfSource(p)...)
	if len(q.LeaveOut) > job.MaxFriends {
		bad.Add("leave_out", message.New("field.leave_out"))
	}
	if !slices.Contains(choices.OwnSources, q.Source) && len(bad) == 0 {
		var err error
		if bad = asInvalid(p.Options.Validate()); len(bad) == 0 {
			bad, err = gather(ctx, p)
		}
		if err != nil {
			return nil, err
		}
	}
	p.Friends = without(p.Friends, q.LeaveOut)
	p.Priority = p.PriorityByCost()
	if err := p.Validate(); err != nil && len(bad) == 0 {
		bad = asInvalid(err)
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return p, nil
}

// shape is the shape asked for, in either place.
func (q *Request) shape() job.Shape {
	var single struct {
		Shape job.Shape `json:"shape"`
	}
	if json.Unmarshal(q.Options, &single) == nil && single.Shape != "" {
		return single.Shape
	}
	return q.Shape
}

// without are those friends whose ids are not left out.
func without(all []job.Friend, ids []string) []job.Friend {
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(f job.Friend) bool { return out[f.ID] })
}

// problemsOfSource fills in what the source brings along, and checks that the addresses are ones
// that this source may name: an address of upload: is another person's photo.
func (q *Request) problemsOfSource(p *job.Package) (bad job.Invalid) {
	add := bad.Add
	if strings.HasPrefix(q.Target, "upload:") && !q.sent {
		add("target", message.New("field.target_link"))
	}
	switch q.Source {
	case choices.Demo:
		if len(q.Friends) > 0 {
			add("friends", message.New("field.demo_friends"))
		}
		p.Friends = friends.DemoPeople()
		if p.Target.URL == "" {
			p.Target.URL = friends.DemoTarget
		}
	case choices.List:
	case choices.Upload:
		if p.Target.URL == "" {
			add("target", message.New("field.target_needed"))
		}
		for i, f := range q.Friends {
			if a, err := job.ParseAddress(f.Photo); err != nil || a.Scheme != job.Upload {
				add(fmt.Sprintf("friends[%d].photo", i), message.New("field.photo_ahead"))
				break
			}
		}
		return bad
	default: // who they are is found out later
		if len(q.Friends) > 0 {
			add("friends", message.New("field.list_friends"))
		}
	}
	for i, f := range q.Friends {
		if strings.HasPrefix(f.Photo, "upload:") {
			add(fmt.Sprintf("friends[%d].photo", i), message.New("field.photo_link"))
			break
		}
	}
	return bad
}

// below moves the fields of an Invalid below another one.
func below(field string, err error) job.Invalid {
	bad := asInvalid(err)
	for i, b := range bad {
		if b.Field != "" {
			bad[i].Field = field + "." + b.Field
		} else {
			bad[i].Field = field
		}
	}
	return bad
}

func asInvalid(err error) job.Invalid {
	bad, _ := errors.AsType[job.Invalid](err)
	return bad
}

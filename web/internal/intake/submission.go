package intake

import (
	"context"
	"errors"
	"hash"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/choices"
	"smalti/web/internal/limits"
	"smalti/web/internal/problem"
)

// submission is one request that is being read. The photos that come with it go to the store.
type submission struct {
	*Intake
	sender  *http.Request
	key     string // for a repetition; empty: none
	id      string // of the mosaic
	owner   string
	token   string // of a new owner
	earlier earlier

	request  Request
	batch    string              // of the uploads: this request's own, so that a repetition disturbs nothing
	claimed  []string            // batches of uploads that were sent ahead
	upload   *friends.Upload     // nil before the first file
	quota    *limits.Reservation // of the uploads
	unpacked *limits.ByteCounter // while a zip is unpacked
	files    hash.Hash           // of all files that came; nil before the first one
	print    string              // of the whole request
	bad      job.Invalid         // files that cannot be taken
}

func (in *submission) fromJSON(r *http.Request) error {
	if err := in.request.decode(r.Body); err != nil {
		if _, ok := errors.AsType[job.Invalid](err); ok {
			return err
		}
		return brokenBody(err)
	}
	if in.request.Source == choices.Upload && len(in.request.Friends) == 0 {
		return problem.Invalid(job.Wrong("source", message.New("field.multipart")))
	}
	return nil
}

// fromForm reads the fields and files of a form as they come.
func (in *submission) fromForm(r *http.Request) error {
	return in.eachPart(r, func(form *formReader, name string, part *multipart.Part) error {
		if name != "photos" && name != "target" {
			return in.plain(form, name, part)
		}
		refused, err := in.file(r.Context(), name, part)
		if err == nil && refused.Code != "" {
			in.refuse(name, part.FileName(), refused)
		}
		return err
	})
}

func (in *submission) plain(form *formReader, name string, part io.Reader) error {
	value, whole, err := form.text(name, part)
	if err != nil {
		return brokenBody(err)
	}
	if !whole {
		in.wrong(name, message.New("field.too_long"))
		return nil
	}
	if name == "key" {
		return in.useKey(value)
	}
	in.field(name, value)
	return nil
}

func (in *submission) field(name, value string) {
	q := &in.request
	switch name {
	case "source":
		q.Source = value
	case "handle":
		q.Handle = value
	case "direction":
		q.Direction = value
	case "list":
		q.List = value
	case "leave_out":
		for id := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if len(q.LeaveOut) <= job.MaxFriends { // one more than allowed is enough to be refused
				q.LeaveOut = append(q.LeaveOut, id)
			}
		}
	case "links":
		q.Links = value
	case "friends":
		if q.friends(job.NewDecoder(strings.NewReader(value))) != nil {
			in.wrong(name, message.New("field.friends_list"))
		}
	case "size":
		q.Size = value
	case "shape":
		q.Shape = job.Shape(value)
	case "tint":
		if q.Tint = number(value); q.Tint == nil {
			in.wrong(name, message.New("field.tint"))
		}
	case "fair":
		if q.Fair = number(value); q.Fair == nil {
			in.wrong(name, message.New("field.fair"))
		}
	case "auto_tint":
		q.autoTint = value == "on"
	case "everyone":
		q.Everyone = new(value == "on" || value == "true")
	default:
		in.wrong(name, message.New("package.unknown_field", "field", message.Clip(name, maxEcho)))
	}
}

// number reads a field's number; nil if it is none.
func number(value string) *float64 {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return nil
	}
	return &n
}

func (in *submission) toPackage(ctx context.Context) (*job.Package, error) {
	in.takeUploads()
	if len(in.bad) > 0 && !slices.Contains(choices.OwnSources, in.request.Source) {
		return nil, in.bad // before anybody elsewhere is asked
	}
	p, err := in.request.toPackage(ctx, in.id, in.owner, time.Now(), in.fromElsewhere)
	if bad, ok := errors.AsType[job.Invalid](err); ok {
		in.blame(bad)
	} else if err != nil {
		return nil, err
	}
	if p != nil {
		if in.key != "" {
			p.Request = in.print
		}
		in.origin(p, in.sender)
	}
	if len(in.bad) > 0 {
		return nil, in.bad
	}
	return p, nil
}

// blame notes what is wrong. What is wrong with the list of uploaded friends belongs to the field that
// the person filled in.
func (in *submission) blame(bad job.Invalid) {
	for _, b := range bad {
		if b.Field == "friends" && in.request.Source == choices.Upload {
			b.Field = "photos"
		}
		in.wrong(b.Field, b.Says)
	}
}

// wrong notes one message for each field: the first says why, and others follow from it.
func (in *submission) wrong(field string, m message.Message) {
	if field == "" || !slices.ContainsFunc(in.bad, func(t job.FieldError) bool { return t.Field == field }) {
		in.bad.Add(field, m)
	}
}

// values are the choices as far as they were read, to be shown again.
func (in *submission) values() choices.Values {
	v, q := choices.Defaults(), in.request
	if q.Source != "" {
		v.Source = q.Source
	}
	v.Handle, v.Links = q.Handle, q.Links
	if q.Direction != "" {
		v.Direction = q.Direction
	}
	if s, ok := choices.SizeNamed(q.Size); ok {
		v.Size = s.Name
	}
	if q.Shape != "" {
		v.Shape = string(q.Shape)
	}
	if q.Tint != nil {
		v.Tint, v.AutoTint = int(*q.Tint), q.autoTint
	}
	if q.Fair != nil {
		v.Fair = *q.Fair
	}
	return v
}

// brokenBody is a request that ended before its end.
func brokenBody(err error) error {
	if cut, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return cut
	}
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p
	}
	return problem.New(http.StatusBadRequest, message.New("problem.incomplete"))
}

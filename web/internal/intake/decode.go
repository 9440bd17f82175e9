package intake

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

// maxFriend is longer than a friend with three long links, in bytes of JSON.
const maxFriend = 4 * job.MaxAddress

// decode reads the JSON form of a request. Only one field, or one friend, of the text is in memory at
// a time. The error is a job.Invalid, or what reading gave.
func (q *Request) decode(r io.Reader) error {
	d := job.NewDecoder(r)
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return job.Wrong("", message.New("field.json_object"))
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if err := q.member(d, name); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil { // the end of the object
		return err
	}
	return d.End()
}

func (q *Request) member(d *job.Decoder, name string) error {
	if strings.EqualFold(name, "friends") {
		return q.friends(d)
	}
	for _, f := range []struct {
		name string
		into any
		most int
	}{
		{"source", &q.Source, maxField}, {"target", &q.Target, job.MaxAddress}, {"size", &q.Size, maxField}, {"shape", &q.Shape, maxField},
		{"tint", &q.Tint, maxField}, {"fair", &q.Fair, maxField}, {"everyone", &q.Everyone, maxField}, {"options", &q.Options, maxOptions},
		{"handle", &q.Handle, maxField}, {"direction", &q.Direction, maxField}, {"list", &q.List, maxField},
		{"leave_out", &q.LeaveOut, maxLines}, {"links", &q.Links, maxLines},
	} {
		if !strings.EqualFold(name, f.name) {
			continue
		}
		err := d.Value(f.into, f.most)
		if s, ok := f.into.(*string); ok && err == nil && len(*s) > f.most {
			*s = ""
			return job.Wrong(f.name, message.New("field.too_long"))
		}
		return within(f.name, err)
	}
	name = message.Clip(name, maxEcho)
	return job.Wrong(name, message.New("package.unknown_field", "field", name))
}

func (q *Request) friends(d *job.Decoder) error {
	q.Friends = nil
	if t, err := d.Token(); err != nil || t == nil { // null
		return err
	} else if t != json.Delim('[') {
		return job.Wrong("friends", message.New("field.friends_list"))
	}
	for d.More() {
		var f job.Friend
		if err := d.Value(&f, maxFriend); err != nil {
			return within(fmt.Sprintf("friends[%d]", len(q.Friends)), err)
		}
		q.Friends = append(q.Friends, f)
	}
	_, err := d.Token() // the end of the list
	return err
}

// within is err with its fields below field.
func within(field string, err error) error {
	if bad := below(field, err); len(bad) > 0 {
		return bad
	}
	return err
}

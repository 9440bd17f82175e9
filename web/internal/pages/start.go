package pages

import (
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/photo"
	"smalti/web/internal/choices"
	"smalti/web/internal/client"
	"smalti/web/internal/problem"
)

// startView is the start page.
type startView struct {
	Key      string // the idempotency key that this form will be sent with
	Values   choices.Values
	Told     map[string][]message.Told // what was wrong, by field; "" is the form itself
	Problems map[string]string         // the same in the language of the page, a line each
	Handles  []otherHandle             // that may have been meant or, where Moved, where the person is now
	Moved    bool
}

// otherHandle is a handle, and the path of the start page with it filled in.
type otherHandle struct{ Name, Path string }

// Sizes are those on offer, smallest first.
func (startView) Sizes() []choices.Size {
	return slices.SortedFunc(slices.Values(choices.Sizes), func(a, b choices.Size) int { return a.Pixels() - b.Pixels() })
}

// Sources are those on offer; the programs' API has more.
func (startView) Sources() []string {
	return []string{"mastodon", "bluesky", "github", choices.Upload, choices.Links, choices.Demo}
}

// MaxPhotos is how many photos a mosaic may have.
func (startView) MaxPhotos() int { return job.MaxFriends }

// MaxBytes is how large a file may be that is sent as it is.
func (startView) MaxBytes() int64 { return photo.DefaultBytes }

// MaxTogether is how large the files of one form may be.
func (startView) MaxTogether() int64 { return choices.MaxUpload }

// Megapixels are the limits of all formats, such as "JPEG 64, PNG, GIF 40".
func (startView) Megapixels() string {
	var b strings.Builder
	all := photo.LimitsByFormat()
	for i, l := range all {
		b.WriteString(string(l.Format))
		if i+1 == len(all) || all[i+1].Pixels != l.Pixels {
			fmt.Fprintf(&b, " %d", l.Pixels/1_000_000)
		}
		if i+1 < len(all) {
			b.WriteString(", ")
		}
	}
	return b.String()
}

// Shapes are those on offer.
func (startView) Shapes() []job.Shape {
	return []job.Shape{choices.AutoShape, job.Square, job.Brick, job.Detail}
}

// formFields are those that have a place for a sentence beside them, in their order, and the ids of their inputs.
var formFields = []struct{ name, input string }{
	{"source", "source"}, {"handle", "handle"}, {"direction", "following"}, {"photos", "photos"}, {"links", "links"},
	{"target", "target"}, {"size", "size"}, {"shape", "shape-auto"}, {"tint", "tint"}, {"fair", "fair"},
}

// listedProblem is a sentence in the list of everything that is wrong. Input is the id of what it is about, empty for
// what belongs to no field.
type listedProblem struct{ Input, Sentence string }

// Listed are all sentences: first those of no field, then those of the fields from top to bottom.
func (v startView) Listed() (all []listedProblem) {
	others := maps.Clone(v.Problems)
	for _, field := range formFields {
		delete(others, field.name)
	}
	add := func(sentences, input string) {
		for sentence := range strings.SplitSeq(sentences, "\n") {
			all = append(all, listedProblem{input, sentence})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(others)) {
		add(others[field], "")
	}
	for _, field := range formFields {
		if sentences := v.Problems[field.name]; sentences != "" {
			add(sentences, field.input)
		}
	}
	return all
}

// Problem is what stands beside a field, empty where nothing is wrong.
func (v startView) Problem(field string) (at struct{ Name, Sentence string }) {
	at.Name, at.Sentence = field, v.Problems[field]
	return at
}

// start writes the start page.
func (p *Pages) start(w http.ResponseWriter, r *http.Request, status int, v startView) {
	voice := p.voice(r)
	v.Problems = make(map[string]string, len(v.Told))
	for field, all := range v.Told {
		lines := make([]string, len(all))
		for i, told := range all {
			lines[i] = voice.text.Tell(told)
		}
		v.Problems[field] = strings.Join(lines, "\n")
	}
	voice.write(w, r, status, "start", v)
}

// RefuseForm answers a form that could not be accepted, for browsers without JavaScript: with the same
// form again, where a message stands beside what was wrong, or as [Pages.Refuse] does.
func (p *Pages) RefuseForm(w http.ResponseWriter, r *http.Request, values choices.Values, err error) {
	bad, ok := errors.AsType[job.Invalid](err)
	status := http.StatusUnprocessableEntity
	var moved bool
	var others []string
	if wrong, isProblem := errors.AsType[*problem.Problem](err); isProblem && len(wrong.Errors) > 0 {
		bad, ok, status = wrong.Errors, true, wrong.Status
		moved, others = wrong.Code == string(friends.Moved), wrong.Suggestions
	}
	if !ok {
		p.Refuse(w, r, err)
		return
	}
	v := startView{Key: client.NewKey(), Values: values, Told: map[string][]message.Told{}, Moved: moved}
	for _, handle := range others {
		q := url.Values{"source": {v.Values.Source}, "handle": {handle}, "direction": {v.Values.Direction}}
		v.Handles = append(v.Handles, otherHandle{handle, "/?" + q.Encode()})
	}
	if links := v.Values.Links; len(links) > maxLinksAgain || len(html.EscapeString(links)) > maxLinksAgain {
		v.Values.Links = ""
		bad.Add("links", message.New("field.links_again"))
	}
	for _, b := range bad {
		if b.Field == "key" { // which is none that a person chose
			b.Told = message.New("field.sent_before").Told()
		}
		v.Told[b.Field] = append(v.Told[b.Field], b.Told)
	}
	p.start(w, r, status, v)
}

const maxHandle = 1 << 10 // bytes of a handle that a link fills in

// maxLinksAgain keeps the form that is shown again below 64 KB, in bytes as they stand in the page.
const maxLinksAgain = 32 << 10

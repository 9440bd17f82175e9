package pages

import (
	"net/http"
	"net/url"
	"slices"

	"smalti/pkg/friends"
	"smalti/pkg/message"
	"smalti/web/internal/choices"
	"smalti/web/internal/client"
)

// Start shows the start page. A link to it may fill in whose friends are wanted.
func (p *Pages) Start(w http.ResponseWriter, r *http.Request) {
	v := startView{Key: client.NewKey(), Values: choices.Defaults()}
	if r.URL.RawQuery != "" {
		v.fill(r.URL.Query())
	}
	if v.Values.Handle != "" { // what one person typed is not kept for others
		p.start(w, r, http.StatusOK, v)
		return
	}
	voice := p.voice(r)
	page, err := p.emptyStart(voice, v.Values)
	if err != nil {
		unrendered(w, "start", err)
		return
	}
	voice.send(w, r, http.StatusOK, page.plain(v.Key), func() []byte { return page.zipped(v.Key) })
}

// fill takes over what a link says.
func (v *startView) fill(q url.Values) {
	source := q.Get("source")
	if !slices.Contains(v.Sources(), source) {
		return
	}
	v.Values.Source, v.Values.Handle = source, message.Clip(q.Get("handle"), maxHandle)
	if q.Get("direction") == string(friends.Followers) {
		v.Values.Direction = string(friends.Followers)
	}
}

// startKey is what start pages without a handle differ in, besides the idempotency key. There are few of them.
type startKey struct {
	voice             *voice
	source, direction string
}

// emptyStart returns a start page without its idempotency key, which is rendered once. What it says besides is
// the same for as long as this process runs.
func (p *Pages) emptyStart(voice *voice, values choices.Values) (*spliced, error) {
	kind := startKey{voice, values.Source, values.Direction}
	if known, ok := p.starts.Load(kind); ok {
		return known.(*spliced), nil
	}
	key := client.NewKey()
	page, err := voice.render("start", startView{Key: key, Values: values})
	if err != nil {
		return nil, err
	}
	s, err := splice(page, key)
	if err != nil {
		return nil, err
	}
	p.starts.Store(kind, s)
	return s, nil
}

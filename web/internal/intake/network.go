package intake

import (
	"context"
	"errors"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/choices"
)

// gatherPeriod is how long a whole list of friends may take: some sixty questions to a server far
// away. What was read until then is kept, so that asking again goes on from there.
const gatherPeriod = 90 * time.Second

// fromElsewhere fills a package with friends who did not come with the request.
func (in *submission) fromElsewhere(ctx context.Context, p *job.Package) (job.Invalid, error) {
	if in.request.Source == choices.Links {
		return in.fromLinks(p), nil
	}
	return in.fromNetwork(ctx, p)
}

// fromNetwork fills a package with the friends of somebody on a network.
func (in *submission) fromNetwork(ctx context.Context, p *job.Package) (job.Invalid, error) {
	r := &in.request
	ctx, cancel := context.WithTimeout(ctx, gatherPeriod)
	defer cancel()
	g, err := in.Networks.Gather(ctx, r.Source, r.Handle, r.Direction, r.List, r.LeaveOut)
	if bad, isInvalid := errors.AsType[job.Invalid](err); isInvalid {
		return bad, nil
	}
	if err != nil {
		return nil, err
	}
	var bad job.Invalid
	if p.Target.URL == "" {
		p.Target.URL = g.Who.Photo
	}
	if p.Target.URL == "" {
		bad.Add("target", message.New("field.target_missing", "name", g.Who.Name))
	}
	// Better words for it than the package's own, which speak of photos.
	switch len(g.Friends) {
	case 0:
		bad.Add("handle", message.New("field.nobody_shown"))
	case 1:
		bad.Add("handle", message.New("field.one_shown"))
	}
	p.Friends, p.Skipped = g.Friends, append(p.Skipped, g.Skipped...)
	return bad, nil
}

// fromLinks fills a package with the photos of a pasted list.
func (in *submission) fromLinks(p *job.Package) (bad job.Invalid) {
	all, err := friends.ParseLinks(in.request.Links)
	if err != nil {
		m, _ := message.Of(err)
		bad.Add("links", m)
	} else if len(all) < job.MinFriends {
		bad.Add("links", message.New("package.one_friend", "least", job.MinFriends))
	}
	if p.Target.URL == "" {
		bad.Add("target", message.New("field.target_needed"))
	}
	p.Friends = all
	return bad
}

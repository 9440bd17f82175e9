package main

import (
	"context"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/job"
)

// gatherPeriod is how long a whole list of friends may take: some sixty questions to a server far
// away. What was read until then is kept, so that asking again goes on from there.
const gatherPeriod = 90 * time.Second

// fromElsewhere fills a package with friends who did not come with the request.
func (in *intake) fromElsewhere(ctx context.Context, p *job.Package) (job.Invalid, error) {
	if in.request.Source == sourceLinks {
		return in.fromLinks(p), nil
	}
	return in.fromNetwork(ctx, p)
}

// fromNetwork fills a package with the friends of somebody on a network.
func (in *intake) fromNetwork(ctx context.Context, p *job.Package) (job.Invalid, error) {
	r := &in.request
	q, bad := in.query(r.Source, r.Handle, r.Direction)
	if len(bad) > 0 {
		return bad, nil
	}
	ctx, cancel := context.WithTimeout(ctx, gatherPeriod)
	defer cancel()
	g, err := in.lists.Gather(ctx, q, r.List, r.LeaveOut)
	if err != nil {
		return nil, in.friendsProblem(err)
	}
	in.know(ctx, g.Who)
	if p.Target.URL == "" {
		p.Target.URL = g.Who.Photo
	}
	if p.Target.URL == "" {
		bad = append(bad, job.FieldError{Field: "target", Sentence: g.Who.Name + " has no picture there. Please choose the picture that the mosaic is to show."})
	}
	if few := fewFriends(len(g.Friends)); few != "" {
		bad = append(bad, job.FieldError{Field: "handle", Sentence: few})
	}
	p.Friends, p.Skipped = g.Friends, append(p.Skipped, g.Skipped...)
	return bad, nil
}

// fewFriends is a better word for it than the package's own, which speaks of photos.
func fewFriends(n int) string {
	switch {
	case n >= job.MinFriends:
		return ""
	case n == 1:
		return "Only one of these people has a picture that we may show; a mosaic takes at least two."
	}
	return "None of these people has a picture that we may show; a mosaic takes at least two."
}

// fromLinks fills a package with the photos of a pasted list.
func (in *intake) fromLinks(p *job.Package) (bad job.Invalid) {
	all, err := friends.ParseLinks(in.request.Links)
	if err != nil {
		sentence, _ := job.SentenceOf(err)
		bad = append(bad, job.FieldError{Field: "links", Sentence: sentence})
	} else if len(all) < job.MinFriends {
		bad = append(bad, job.FieldError{Field: "links", Sentence: "One photo alone does not make a mosaic; it takes at least two."})
	}
	if p.Target.URL == "" {
		bad = append(bad, job.FieldError{Field: "target", Sentence: "Please choose the picture that the mosaic is to show."})
	}
	p.Friends = all
	return bad
}

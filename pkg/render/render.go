// Package render makes one mosaic: from a job's package to the delivered files. The worker and the local command run
// the same code; they differ only in where photos come from and where files go.
package render

import (
	"context"
	"image"
	"io"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/mosaic"
	"smalti/pkg/poster"
)

// Photos gets and prepares pictures.
type Photos interface {
	// Target returns the picture at an address, upright and at most maxSide pixels long.
	Target(ctx context.Context, address string, maxSide int) (*image.NRGBA, error)
	// Tiles returns a square of side pixels for each friend, in the order of friends. A photo that cannot be had
	// is an error in its place, and does not affect the others. It calls served for every result as soon as that is
	// there, with the friends whose it is, as indices; perhaps by several goroutines at once, but not after it
	// returned.
	Tiles(ctx context.Context, friends []job.Friend, side int, served func(who []int, r gather.Result)) []gather.Result
}

// Delivery takes the files of one mosaic. They become visible together, with Commit.
type Delivery interface {
	Put(ctx context.Context, name string, write func(io.Writer) error) error
	// Look shows what was put so far, which result describes, to people who wait. It returns the name of this first
	// look; empty: nobody sees it.
	Look(ctx context.Context, result job.Result) (name string, err error)
	Commit(ctx context.Context, result job.Result) error
}

// Names of the files of a mosaic. Atlas sheets are numbered by [poster.SheetName].
const (
	PosterFile  = "poster.jpg"
	FirstFile   = "first.jpg" // the preview for the first look: small enough for a phone on the road
	PreviewFile = "preview.jpg"
	PDFFile     = "poster.pdf" // on request
	PyramidFile = "poster.szi" // on request
	PlanFile    = "plan.json"
	PlanGzip    = "plan-gzip.json" // the same with gzip; stores of older versions reject .gz

	// manifestFile is written by Commit.
	manifestFile = "manifest.json"
)

const (
	firstSide      = 800 // pixels on the long side
	firstQuality   = 36
	previewSide    = 1600
	previewQuality = 42
	minMaster      = poster.AtlasSide
)

// Render builds the mosaic that p asks for and delivers it to out: it gathers, solves and delivers. It calls progress
// from one goroutine at a time. An error that ends the attempt is an [*Error]; so it is with the single steps.
func Render(ctx context.Context, p *job.Package, photos Photos, out Delivery, progress func(job.Progress)) (job.Result, error) {
	g, err := Gather(ctx, p, photos, progress)
	if err != nil {
		return job.Result{}, err
	}
	s, err := g.Solve(ctx, progress)
	if err != nil {
		return job.Result{}, err
	}
	return s.Deliver(ctx, out, progress)
}

// Gathered is a job with all of its pictures. Getting them is mostly waiting.
type Gathered struct {
	job    *job.Package
	target *image.NRGBA
	people *people
}

// Gather gets the pictures of a job.
func Gather(ctx context.Context, p *job.Package, photos Photos, progress func(job.Progress)) (*Gathered, error) {
	target, people, err := loadPhotos(ctx, p, photos, progress)
	if err != nil {
		return nil, err
	}
	return &Gathered{p, target, people}, nil
}

// Solved is a job whose mosaic is known, but not written.
type Solved struct {
	*Gathered
	plan *mosaic.Plan
}

// Solve chooses a photo for each cell, with all processors.
func (g *Gathered) Solve(ctx context.Context, progress func(job.Progress)) (*Solved, error) {
	p, target, people := g.job, g.target, g.people
	columns, rows := Fit(target.Bounds().Dx(), target.Bounds().Dy(), p.Options, job.Strangers())
	plan, err := mosaic.Make(ctx, target, people.tiles, mosaic.Options{
		Columns: columns, Rows: rows, Shape: shapes[p.Options.Shape], Tint: p.Options.Tint, RepeatDistance: p.Options.RepeatDistance,
		Shading: shadingOf(p.Options),
		MaxUses: p.Options.MaxUses, Everyone: p.Options.Everyone, Fair: p.Options.Fair, Crops: people.crops, Seed: p.Options.Seed,
		Descriptions: people.descriptions,
	}, report(progress, job.Matching))
	if err != nil {
		return nil, matchingFailed(ctx, err)
	}
	return &Solved{g, plan}, nil
}

// shadingOf returns the limit of the shading. A tint of 0 leaves photos as they are.
func shadingOf(o job.Options) float64 {
	if o.Tint == 0 {
		return 0
	}
	return o.Shading
}

func report(progress func(job.Progress), phase job.Phase) func(done, total int) {
	return func(done, total int) { progress(job.Progress{Phase: phase, Done: done, Total: total}) }
}

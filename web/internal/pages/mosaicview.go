package pages

import (
	"math"
	"net/http"
	"slices"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/render"
	"smalti/web/internal/files"
	"smalti/web/internal/problem"
)

// absent are those who are not in a mosaic. It may be empty although Status.Result counts some.
type absent struct {
	Missing []missingFriend
	Without []string // names of those in no cell
	Crowded bool     // they are in none for want of cells
}

// missingFriend is somebody whose photo could not be read.
type missingFriend struct {
	Name string // empty where the reason is about several people
	message.Told
}

// mosaicView is the page of one mosaic, in whatever state it is.
type mosaicView struct {
	Status  job.Status
	Workers int // that are alive
	absent
	Mine    bool          // whoever looks may delete it
	Expires time.Time     // zero: not said
	Refresh int           // seconds until a browser without scripts looks again
	Base    string        // of absolute links: scheme and host
	Papers  []files.Paper // that it can be printed on
}

// phase is the share of the one bar that a phase of rendering fills, in thousandths.
type phase struct {
	Name     job.Phase
	From, To int
}

// Phases are in their order; the shares are about what each takes of a mosaic of photos from the
// internet.
func (mosaicView) Phases() []phase {
	return []phase{{job.Gathering, 0, 500}, {job.Matching, 500, 800}, {job.Composing, 800, 950}, {job.Delivering, 950, 1000}}
}

// Phase is the phase that is going on, nil where none is known.
func (v mosaicView) Phase() *phase {
	if v.Status.State != job.Rendering || v.Status.Progress == nil {
		return nil
	}
	for _, ph := range v.Phases() {
		if ph.Name == v.Status.Progress.Phase {
			return &ph
		}
	}
	return nil
}

// Past reports whether a phase lies behind.
func (v mosaicView) Past(ph phase) bool {
	now := v.Phase()
	return now != nil && ph.To <= now.From
}

// Bar is how far the mosaic is, in thousandths.
func (v mosaicView) Bar() int {
	ph := v.Phase()
	if ph == nil {
		return 0
	}
	n := v.Status.Progress
	return ph.From + (ph.To-ph.From)*min(max(n.Done, 0), n.Total)/max(n.Total, 1)
}

// Idle reports whether the mosaic waits although nobody is there to make it.
func (v mosaicView) Idle() bool { return v.Status.State == job.Queued && v.Workers == 0 }

// Title is the key of what the mosaic is called, once it can be seen: only whoever made it reads that it is theirs.
func (v mosaicView) Title() string {
	switch done := v.Status.State == job.Done; {
	case done && v.Mine:
		return "done.title"
	case done:
		return "done.shared"
	case v.Mine:
		return "first.title"
	}
	return "first.shared"
}

// Asked is how many friends were asked for.
func (v mosaicView) Asked() int { return v.Status.Result.Friends + v.Status.Result.Missing }

// Unplaced is how many friends are in no cell although their photos could be read.
func (v mosaicView) Unplaced() int {
	if v.Status.Result == nil {
		return 0
	}
	return v.Status.Result.Friends - v.Status.Result.InCells()
}

// Seen is what can be seen: the mosaic, or a first look at it; nil: nothing yet.
func (v mosaicView) Seen() *job.Result {
	if v.Status.Result != nil {
		return v.Status.Result
	}
	return v.Status.FirstLook
}

// Folder is where the files of what can be seen are.
func (v mosaicView) Folder() string {
	if v.Status.FirstLook != nil {
		return LookFolder(v.Status)
	}
	return Folder(v.Status.ID)
}

// previewSide is the long side of preview.jpg, in pixels.
const previewSide = 1600

// Preview is the size at which the preview is laid out, so that nothing moves when it arrives.
func (v mosaicView) Preview() (size struct{ Width, Height int }) {
	r := v.Seen()
	if r == nil || r.Width <= 0 || r.Height <= 0 {
		size.Width, size.Height = previewSide, previewSide
		return size
	}
	scale := float64(previewSide) / float64(max(r.Width, r.Height))
	size.Width = max(1, int(math.Round(float64(r.Width)*scale)))
	size.Height = max(1, int(math.Round(float64(r.Height)*scale)))
	return size
}

// First is the picture that is shown first: sharper ones follow when they are needed. Mosaics of older workers have
// only the preview.
func (v mosaicView) First() string {
	if r := v.Seen(); r != nil && slices.Contains(r.Files, render.FirstFile) {
		return render.FirstFile
	}
	return render.PreviewFile
}

// mosaic writes the page of one mosaic.
func (p *Pages) mosaic(w http.ResponseWriter, r *http.Request, v mosaicView) {
	voice := p.voice(r)
	voice.write(w, r, http.StatusOK, "mosaic", v.in(voice))
}

// in is a view in the language of a voice.
func (v mosaicView) in(voice *voice) mosaicView {
	if v.Status.State == job.Done && v.Status.Result == nil {
		v.Status.Result = new(job.Result) // the picture can be shown even where its numbers are lost
	}
	v.Status.Failure = problem.Failure(voice.text, v.Status.Failure)
	v.Missing = slices.Clone(v.Missing)
	for i, m := range v.Missing {
		v.Missing[i].Text = voice.text.Tell(m.Told)
	}
	return v
}

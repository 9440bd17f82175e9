package render_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/photo"
	"smalti/pkg/portrait"
	"smalti/pkg/render"
)

// album gives demo portraits, and the errors that a test wants instead.
type album struct {
	target error
	photos map[string]error // by address
}

func (a album) Target(context.Context, string, int) (*image.NRGBA, error) {
	if a.target != nil {
		return nil, a.target
	}
	return portrait.Draw(0, 200), nil
}

func (a album) Tiles(ctx context.Context, list []job.Friend, side int, served func([]int, gather.Result)) []gather.Result {
	results := make([]gather.Result, len(list))
	for i, f := range list {
		if err := a.photos[f.Photo]; err != nil {
			results[i].Err = err
		} else {
			results[i].Tile = portrait.Draw(i+1, side)
		}
		served([]int{i}, results[i])
	}
	return results
}

// drawer is a delivery into memory.
type drawer struct {
	files     map[string][]byte
	look      *job.Result // what was there when it was shown
	committed *job.Result
	fail      string // the name of the file that cannot be delivered
}

func (d *drawer) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if name == d.fail {
		return errors.New("disk full")
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if d.files == nil {
		d.files = map[string][]byte{}
	}
	d.files[name] = b.Bytes()
	return nil
}

func (d *drawer) Look(ctx context.Context, r job.Result) (string, error) {
	if d.fail == "look" {
		return "", errors.New("connection lost")
	}
	d.look = &r
	return "1-look", nil
}

func (d *drawer) Commit(ctx context.Context, r job.Result) error {
	if d.fail == "commit" {
		return errors.New("connection lost")
	}
	d.committed = &r
	return nil
}

func pkg(n int) *job.Package {
	p := &job.Package{
		V: 1, ID: job.NewID(), Created: time.Now(), Target: job.Target{URL: "demo:0"}, Options: job.Defaults(),
		Priority: job.Interactive, Owner: "maker",
	}
	p.Options.Columns, p.Options.Tile = 12, 16
	for i := range n {
		p.Friends = append(p.Friends, job.Friend{ID: fmt.Sprint(i + 1), Name: fmt.Sprint("Friend ", i+1), Photo: fmt.Sprintf("demo:%d", i+1)})
	}
	return p
}

func silent(job.Progress) {}

func TestEveryFileIsDeliveredAndFitsTheOthers(t *testing.T) {
	p, d := pkg(10), &drawer{}
	p.Options.Extras = []job.Extra{job.PDF, job.SZI}
	p.Skipped = []job.Skipped{{Name: "Letter", Reason: "This is text."}}
	var phases []job.Phase
	result, err := render.Render(t.Context(), p, album{}, d, func(now job.Progress) {
		if !slices.Contains(phases, now.Phase) {
			phases = append(phases, now.Phase)
		}
		if now.Done > now.Total {
			t.Errorf("progress %+v", now)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []job.Phase{job.Gathering, job.Matching, job.Composing, job.Delivering} {
		if !slices.Contains(phases, want) {
			t.Errorf("no progress of phase %q among %q", want, phases)
		}
	}
	if d.committed == nil || d.committed.Width != 12*16 || d.committed.Friends != 10 || d.committed.Missing != 1 || d.committed.Owner != "maker" {
		t.Errorf("committed %+v", d.committed)
	}
	if d.look == nil || slices.Contains(d.look.Files, render.PosterFile) || !slices.Contains(d.look.Files, render.PlanFile) || result.Look != "1-look" {
		t.Errorf("the first look was at %+v, and then there was %q", d.look, result.Look)
	}
	for _, name := range result.Files {
		if d.files[name] == nil {
			t.Errorf("%s is promised and was not delivered", name)
		}
	}
	poster := decode(t, d.files[render.PosterFile])
	if poster.Bounds().Dx() != result.Width || poster.Bounds().Dy() != result.Height {
		t.Errorf("poster is %v, the result says %d x %d", poster.Bounds(), result.Width, result.Height)
	}
	for name, magic := range map[string]string{render.PDFFile: "%PDF-", render.PyramidFile: "PK\x03\x04"} {
		if !bytes.HasPrefix(d.files[name], []byte(magic)) {
			t.Errorf("%s begins with %.8q", name, d.files[name])
		}
	}
	var plan render.Plan
	if err := json.Unmarshal(d.files[render.PlanFile], &plan); err != nil {
		t.Fatal(err)
	}
	if len(plan.Cells) != plan.Columns*plan.Rows || len(plan.Shifts) != 3*len(plan.Cells) || len(plan.Missing) != 1 {
		t.Errorf("plan has %d cells, %d shifts, missing %v", len(plan.Cells), len(plan.Shifts), plan.Missing)
	}
	if len(plan.Shading) != 24*len(plan.Cells) || strings.Count(plan.Shading, "P") == len(plan.Shading) || plan.Tint.Shading != 7 {
		t.Errorf("plan has %d characters of shadings up to %v", len(plan.Shading), plan.Tint.Shading)
	}
	for _, c := range plan.Shading {
		if c < 'P'-45 || c > 'P'+45 || c == '"' {
			t.Fatalf("a shading has %q", c)
		}
	}
	uses := make([]int, len(plan.Faces))
	for _, c := range plan.Cells {
		uses[c]++
	}
	for i, f := range plan.Faces {
		if f.Uses != uses[i] || f.Uses == 0 {
			t.Errorf("face %d stands in %d cells, the plan says %d", i, uses[i], f.Uses)
		}
		sheet := decode(t, d.files[plan.Atlas.Files[f.Sheet]])
		if place := image.Rect(f.X, f.Y, f.X+plan.Atlas.Tile, f.Y+plan.Atlas.Tile); !place.In(sheet.Bounds()) {
			t.Errorf("face %d is at %v on a sheet of %v", i, place, sheet.Bounds())
		}
	}
	preview := decode(t, d.files[render.PreviewFile])
	if long := max(preview.Bounds().Dx(), preview.Bounds().Dy()); long != 1600 {
		t.Errorf("preview is %d pixels long, want 1600", long)
	}
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestWhoCannotBeReadIsNamed(t *testing.T) {
	p, d := pkg(5), &drawer{}
	bad := &photo.Error{Kind: photo.Broken}
	if _, err := render.Render(t.Context(), p, album{photos: map[string]error{"demo:3": bad}}, d, silent); err != nil {
		t.Fatal(err)
	}
	var plan render.Plan
	if err := json.Unmarshal(d.files[render.PlanFile], &plan); err != nil {
		t.Fatal(err)
	}
	if len(plan.Missing) != 1 || plan.Missing[0].Name != "Friend 3" || plan.Missing[0].Reason != bad.Message().String() || plan.Missing[0].Says.Code != "photo.broken" {
		t.Errorf("missing: %+v", plan.Missing)
	}
	for _, f := range plan.Friends {
		if f.ID == "3" {
			t.Error("who could not be read stands in the mosaic")
		}
	}
}

func TestFailures(t *testing.T) {
	broken, away := &photo.Error{Kind: photo.Broken}, &photo.Error{Kind: photo.Unreachable}
	for _, tc := range []struct {
		name    string
		album   album
		drawer  drawer
		code    job.Code
		passing bool
		says    string
	}{
		{"target is no picture", album{target: broken}, drawer{}, job.BadTarget, false, "We couldn’t use the picture to show. "},
		{"target's server is away", album{target: away}, drawer{}, job.BadTarget, true, "We couldn’t use the picture to show. "},
		{"store is away", album{target: errors.New("ftp: 421")}, drawer{}, job.BadTarget, true, "We couldn’t use the picture to show. "},
		{"no photo", album{photos: map[string]error{"demo:1": broken, "demo:2": broken, "demo:3": broken}}, drawer{}, job.NoPhotos, false, "any of the 3 photos. This is what was wrong with the first one: "},
		{"one photo", album{photos: map[string]error{"demo:1": broken, "demo:3": broken}}, drawer{}, job.NoPhotos, false, "only one of the 3 photos"},
		{"photos away", album{photos: map[string]error{"demo:1": away, "demo:2": broken, "demo:3": away}}, drawer{}, job.NoPhotos, true, "any of the 3 photos. This is what was wrong with the first one: "},
		{"disk full", album{}, drawer{fail: render.PosterFile}, job.Undelivered, true, "couldn’t put it"},
		{"not committed", album{}, drawer{fail: "commit"}, job.Undelivered, true, "couldn’t put it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := render.Render(t.Context(), pkg(3), tc.album, &tc.drawer, silent)
			e, ok := errors.AsType[*render.Error](err)
			if !ok {
				t.Fatalf("got %v, want an Error", err)
			}
			if e.Failure.Code != tc.code || e.Passing != tc.passing || !strings.Contains(e.Failure.Text, tc.says) {
				t.Errorf("got %s, passing %v, %q; want %s, %v, %q", e.Failure.Code, e.Passing, e.Failure.Text, tc.code, tc.passing, tc.says)
			}
			if tc.drawer.committed != nil {
				t.Error("committed nevertheless")
			}
		})
	}
}

func TestCancelledIsNoFailure(t *testing.T) {
	for _, at := range []job.Phase{job.Gathering, job.Matching, job.Composing} {
		t.Run(string(at), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := render.Render(ctx, pkg(3), album{}, &drawer{}, func(p job.Progress) {
				if p.Phase == at {
					cancel()
				}
			})
			if _, isFailure := errors.AsType[*render.Error](err); isFailure || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPureMosaicsHaveNoShading(t *testing.T) {
	p, d := pkg(5), &drawer{}
	p.Options.Tint = 0
	if _, err := render.Render(t.Context(), p, album{}, d, silent); err != nil {
		t.Fatal(err)
	}
	if plan := string(d.files[render.PlanFile]); strings.Contains(plan, "shading") {
		t.Error("the plan has shadings")
	}
}

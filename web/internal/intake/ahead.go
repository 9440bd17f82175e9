package intake

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/limit"
	"smalti/pkg/message"
	"smalti/pkg/store"
	"smalti/web/internal/answer"
	"smalti/web/internal/choices"
	"smalti/web/internal/limits"
	"smalti/web/internal/problem"
)

// Photos may be sent ahead, in batches, while the person is still choosing. Each batch has its own directory in the
// store, whose random name nobody else knows, and is removed after [limits.KeepAhead] unless a request for a mosaic
// names its photos among its friends. So the servers of a system need to share nothing more than they do anyway.

// Ahead is the answer to a batch of photos.
type Ahead struct {
	Files   []AheadFile `json:"files"` // one for each file, as they were sent
	Expires time.Time   `json:"expires"`
}

// AheadFile is what became of a file: one photo of an image, several of a zip file.
type AheadFile struct {
	Photos  []AheadPhoto   `json:"photos,omitempty"`
	Refused []AheadRefusal `json:"refused,omitempty"`
}

// AheadPhoto can be a friend of a request for a mosaic.
type AheadPhoto struct {
	Name  string `json:"name"`
	Photo string `json:"photo"` // its address
}

// AheadRefusal is a file that cannot be taken.
type AheadRefusal struct {
	Name string `json:"name"`
	message.Told
}

// maxBatches is how many batches the photos of one mosaic may come from.
const maxBatches = 500

var (
	errBatchGone = job.Wrong("photos", message.New("field.photos_gone"))
	errBatchUsed = job.Wrong("photos", message.New("field.photos_used"))
)

// PostPhotos takes a batch of photos.
func (s *Intake) PostPhotos(w http.ResponseWriter, r *http.Request) {
	in := &submission{Intake: s, sender: r}
	a, err := in.ahead(w, r)
	if err != nil {
		in.discard(context.WithoutCancel(r.Context()))
		s.Pages.Refuse(w, r, tooLong(err))
		return
	}
	text := s.Pages.Text(r)
	for _, f := range a.Files {
		for i := range f.Refused {
			f.Refused[i].Text = text.Tell(f.Refused[i].Told)
		}
	}
	w.Header().Set("Vary", "Accept-Language")
	answer.JSON(w, http.StatusCreated, a)
}

func (in *submission) ahead(w http.ResponseWriter, r *http.Request) (a Ahead, err error) {
	in.running.Add(1)
	defer in.running.Done()
	limits.Pace(w, r)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return a, problem.New(http.StatusUnsupportedMediaType, message.New("problem.media_type"))
	}
	r.Body = http.MaxBytesReader(w, r.Body, choices.MaxUpload+maxJSON)
	a.Files = []AheadFile{}
	err = in.eachPart(r, func(_ *formReader, name string, part *multipart.Part) error {
		if name != "photos" {
			return problem.Invalid(job.Wrong(name, message.New("package.unknown_field", "field", message.Clip(name, maxEcho))))
		}
		f, err := in.fileAhead(r.Context(), part)
		a.Files = append(a.Files, f)
		return err
	})
	if err == nil && in.upload != nil && len(in.upload.Friends()) == 0 {
		in.discard(context.WithoutCancel(r.Context()))
		in.quota = nil
	}
	if err == nil && in.quota != nil {
		err = in.quota.Commit(limits.KeepAhead)
	}
	a.Expires = time.Now().Add(limits.KeepAhead).UTC().Truncate(time.Second)
	return a, err
}

// fileAhead takes one file. What is wrong with it is part of the answer.
func (in *submission) fileAhead(ctx context.Context, part *multipart.Part) (f AheadFile, err error) {
	taken, skipped := 0, 0
	if in.upload != nil {
		taken, skipped = len(in.upload.Friends()), len(in.upload.Skipped())
	}
	refused, err := in.file(ctx, "photos", part)
	if err != nil || in.upload == nil {
		return f, err
	}
	for _, friend := range in.upload.Friends()[taken:] {
		f.Photos = append(f.Photos, AheadPhoto{friend.Name, friend.Photo})
	}
	for _, s := range in.upload.Skipped()[skipped:] {
		f.Refused = append(f.Refused, AheadRefusal{s.Name, s.Why.Told()})
	}
	if refused.Code != "" {
		f.Refused = append(f.Refused, AheadRefusal{message.Clip(part.FileName(), maxEcho), refused.Told()})
	}
	return f, nil
}

// sign notes in the store which mosaic the photos are for: they are kept as long as its job is open.
func (in *submission) sign(ctx context.Context, p *job.Package) error {
	batches := p.Uploads()
	if len(batches) > maxBatches {
		return job.Wrong("photos", message.New("field.many_batches", "limit", maxBatches))
	}
	if in.upload != nil {
		if err := in.mark(ctx, in.batch, p.ID); err != nil {
			return err
		}
	}
	for _, batch := range batches {
		if batch == in.batch {
			continue
		}
		if err := in.claim(ctx, batch, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// claim takes a batch that was sent ahead, unless its time is over or another mosaic has it. Of several requests at a
// time, Redis gives it to one; the store remembers whose it is where Redis forgets.
func (in *submission) claim(ctx context.Context, batch, id string) error {
	owner, err := store.JobOf(ctx, in.Store, batch)
	if err != nil {
		in.Log.Error("looking at an upload", "batch", batch, "error", err)
		return problem.ErrPhotosAway
	}
	if owner != "" && owner != id {
		return errBatchUsed
	}
	switch claim, err := in.Limits.ClaimBatch(ctx, batch, id); {
	case err != nil:
		return err
	case claim == limit.NotHeld:
		return errBatchGone
	case claim == limit.Taken:
		return errBatchUsed
	}
	in.claimed = append(in.claimed, batch)
	if owner == id {
		return nil
	}
	return in.mark(ctx, batch, id)
}

// unclaim frees the batches for another request, once it is certain that none like this one was accepted. Where the
// store cannot be told, what it remembers stays in force.
func (in *submission) unclaim(ctx context.Context) {
	if in.earlier.known || len(in.claimed) == 0 {
		return
	}
	defer in.Journal.Lock(in.id)()
	if in.lookIntoJournal(in.id) {
		return
	}
	for _, batch := range in.claimed {
		_ = in.mark(ctx, batch, "") // logged
		in.Limits.UnclaimBatch(ctx, batch, in.id)
	}
}

func (in *submission) mark(ctx context.Context, batch, id string) error {
	err := in.Store.PutUpload(ctx, batch, store.JobUpload, strings.NewReader(id), int64(len(id)))
	if err != nil {
		in.Log.Error("storing an upload", "batch", batch, "error", err)
		return problem.ErrPhotosAway
	}
	return nil
}

// eachPart reads a form part by part: nothing but the part being read is in memory, and that in small pieces.
func (in *submission) eachPart(r *http.Request, use func(form *formReader, name string, part *multipart.Part) error) error {
	form, err := newFormReader(r)
	if err != nil {
		return problem.New(http.StatusBadRequest, message.New("problem.bad_form"))
	}
	for {
		part, err := form.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return brokenBody(err)
		}
		if err := use(form, part.FormName(), part); err != nil {
			return err
		}
	}
}

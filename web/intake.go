package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"time"

	"smalti/pkg/friends"
	"smalti/pkg/job"
)

// intake reads one request, and puts the photos that come with it into the store.
type intake struct {
	*server
	maker, key string
	request    request
	batch      string          // of the uploads: this request's own, so that a repetition disturbs nothing
	upload     *friends.Upload // nil before the first file
	bad        job.Invalid     // files that cannot be taken
}

func (in *intake) fromJSON(r *http.Request) (*job.Package, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, brokenBody(err)
	}
	if err := job.DecodeStrict(data, &in.request); err != nil {
		return nil, err
	}
	if in.request.Source == sourceUpload {
		return nil, invalid(job.Invalid{{Field: "source", Sentence: "Photos are sent as multipart/form-data."}})
	}
	return in.toPackage(r.Context())
}

// fromForm reads the fields and files of a form as they come: nothing but the file being read is in
// memory, and that in small pieces.
func (in *intake) fromForm(r *http.Request) (*job.Package, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, newProblem(http.StatusBadRequest, "The form cannot be read.")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, brokenBody(err)
		}
		if err := in.part(r.Context(), part); err != nil {
			return nil, err
		}
	}
	in.takeUploads()
	return in.toPackage(r.Context())
}

// takeUploads makes the uploaded photos the friends of the request. Those that were left out are
// told about with the mosaic, or now, where too few are left for one.
func (in *intake) takeUploads() {
	if in.upload == nil || in.request.Source != sourceUpload {
		return
	}
	in.request.Friends = in.upload.Friends()
	for _, s := range in.upload.Skipped() {
		in.request.skipped = append(in.request.skipped, job.Skipped{Name: s.Name, Reason: s.Sentence})
	}
	if few := len(in.request.Friends) < job.MinFriends; few && len(in.request.skipped) > 0 {
		first := in.request.skipped[0]
		in.refuseInput("photos", first.Name+": "+first.Reason)
	}
}

// maxField is longer than any plain field that the form has.
const maxField = 1 << 10

func (in *intake) part(ctx context.Context, part *multipart.Part) error {
	name := part.FormName()
	if name == "photos" || name == "target" {
		return in.file(ctx, name, part)
	}
	data, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return brokenBody(err)
	}
	if len(data) > maxField {
		in.refuseInput(name, "This is too long.")
		return nil
	}
	in.field(name, string(data))
	return nil
}

func (in *intake) field(name, value string) {
	q := &in.request
	switch name {
	case "key":
		in.key = value
	case "source":
		q.Source = value
	case "size":
		q.Size = value
	case "tint":
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			in.refuseInput(name, "The tint must be a number.")
			return
		}
		q.Tint = &n
	case "everyone":
		q.Everyone = new(value == "on" || value == "true")
	default:
		in.refuseInput(name, fmt.Sprintf("The field %q is not known here.", name))
	}
}

// file takes a photo, a zip of photos, or the target. A file of no bytes is what a browser sends
// for an input that nobody used.
func (in *intake) file(ctx context.Context, field string, part *multipart.Part) error {
	body := bufio.NewReader(part)
	head, err := body.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return brokenBody(err)
	}
	if len(head) == 0 {
		return nil
	}
	if in.upload == nil {
		in.batch = job.NewID()
		in.upload = friends.NewUpload(in.store, in.batch, friends.UploadLimits{Bytes: maxUpload})
	}
	switch {
	case field == "target":
		in.request.Target, err = in.upload.AddTarget(ctx, body)
		in.request.sent = true
	case friends.IsZip(head):
		err = in.zip(ctx, body)
	default:
		err = in.upload.Add(ctx, part.FileName(), body)
	}
	return in.judge(field, err)
}

// judge sorts the errors of a file: what a person can mend is noted and the next file is read, so
// that all mistakes are told together; the rest ends the request.
func (in *intake) judge(field string, err error) error {
	if err == nil {
		return nil
	}
	if cut, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return cut
	}
	if sentence, ok := job.SentenceOf(err); ok {
		in.refuseInput(field, sentence)
		return nil
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) {
		return brokenBody(err)
	}
	in.log.Error("storing an upload", "batch", in.batch, "error", err)
	return unavailable("Your photos cannot be stored at the moment. Please try again in a little while.")
}

// zip spools an archive: its table of contents is at its end.
func (in *intake) zip(ctx context.Context, body io.Reader) error {
	spool, err := os.CreateTemp("", "smalti-*.zip")
	if err != nil {
		return fmt.Errorf("spooling a zip: %w", err)
	}
	defer spool.Close()
	// Nobody else needs its name, and a crash leaves nothing behind.
	if err := os.Remove(spool.Name()); err != nil {
		return fmt.Errorf("spooling a zip: %w", err)
	}
	n, err := io.Copy(spool, body)
	if err != nil {
		return err
	}
	return in.upload.AddZip(ctx, spool, n)
}

func (in *intake) refuseInput(field, sentence string) {
	in.bad = append(in.bad, job.FieldError{Field: field, Sentence: sentence})
}

func (in *intake) toPackage(ctx context.Context) (*job.Package, error) {
	id, err := idFor(in.maker, in.key)
	if err != nil {
		return nil, err
	}
	p, err := in.request.toPackage(ctx, id, in.maker, time.Now())
	if bad, ok := errors.AsType[job.Invalid](err); ok {
		in.bad = append(in.bad, bad...)
	} else if err != nil {
		return nil, err
	}
	if len(in.bad) > 0 {
		if in.request.Source == sourceUpload {
			in.bad = atPhotos(in.bad)
		}
		return nil, in.bad
	}
	return p, nil
}

// values are the choices as far as they were read, to be shown again.
func (in *intake) values() formValues {
	v, q := defaultValues(), in.request
	if q.Source == sourceUpload {
		v.Source = q.Source
	}
	if s, ok := sizeNamed(q.Size); ok {
		v.Size = s.name
	}
	if q.Tint != nil {
		v.Tint = int(*q.Tint)
	}
	if q.Everyone != nil {
		v.Everyone = *q.Everyone
	}
	return v
}

// atPhotos moves what is wrong with the list of friends to the field that the person filled in.
func atPhotos(bad job.Invalid) job.Invalid {
	for i := range bad {
		if bad[i].Field == "friends" {
			bad[i].Field = "photos"
		}
	}
	return bad
}

// discard removes what a request that was not accepted has stored.
func (in *intake) discard(ctx context.Context) {
	if in.batch == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, putPeriod)
	defer cancel()
	if err := in.store.DeleteUploads(ctx, in.batch); err != nil {
		in.log.Warn("discarding uploads", "batch", in.batch, "error", err)
	}
}

// brokenBody is a request that ended before its end.
func brokenBody(err error) error {
	if cut, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return cut
	}
	return newProblem(http.StatusBadRequest, "The request did not arrive whole. Please try again.")
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }

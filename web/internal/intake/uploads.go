package intake

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"

	"smalti/pkg/friends"
	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/choices"
	"smalti/web/internal/limits"
	"smalti/web/internal/problem"
)

// file takes a photo, a zip of photos, or the target. A file without bytes and without a name is what
// a browser sends for an input that nobody used.
//
// What a person can mend comes back as refused, so that all mistakes are told together; an error ends the request.
func (in *submission) file(ctx context.Context, field string, part *multipart.Part) (refused message.Message, err error) {
	body := bufio.NewReader(part)
	head, err := body.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return refused, brokenBody(err)
	}
	if len(head) == 0 && part.FileName() == "" {
		return refused, nil
	}
	if in.key != "" {
		in.identify()
		in.lookBack(ctx)
	}
	// Files are told apart by all that is in them, also where nothing of it is kept.
	sum := sha256.New()
	hashed := io.TeeReader(body, sum)
	if !in.earlier.known { // what came before is in the store
		if refused, err = in.judge(in.putFile(ctx, field, part.FileName(), friends.IsZip(head), hashed)); err != nil {
			return refused, err
		}
	}
	if _, err := io.Copy(io.Discard, hashed); err != nil {
		return refused, brokenBody(err)
	}
	if in.files == nil {
		in.files = sha256.New()
	}
	fmt.Fprintf(in.files, "%s %q %x\n", field, part.FileName(), sum.Sum(nil))
	return refused, nil
}

func (in *submission) putFile(ctx context.Context, field, name string, isZip bool, body io.Reader) (err error) {
	if in.upload == nil {
		in.batch = job.NewID()
		if err := in.Journal.BeginBatch(in.batch); err != nil {
			in.Log.Warn("noting a batch of uploads", "batch", in.batch, "error", err)
		}
		in.quota = in.Limits.Reserve(in.sender, in.batch)
		in.upload = friends.NewUpload(reservedStore{in.Store, in}, in.batch, friends.UploadLimits{Photo: in.Photos, Bytes: choices.MaxUpload})
	}
	switch {
	case field == "target":
		in.request.Target, err = in.upload.AddTarget(ctx, body)
		in.request.sent = true
	case isZip:
		err = in.zip(ctx, body)
	default:
		err = in.upload.Add(ctx, name, body)
	}
	return err
}

// judge sorts the errors of a file: what a person can mend, and the rest.
func (in *submission) judge(err error) (message.Message, error) {
	if err == nil {
		return message.Message{}, nil
	}
	if cut, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return message.Message{}, cut
	}
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return message.Message{}, p
	}
	if m, ok := message.Of(err); ok {
		return m, nil
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) {
		return message.Message{}, brokenBody(err)
	}
	in.Log.Error("storing an upload", "batch", in.batch, "error", err)
	return message.Message{}, problem.ErrPhotosAway
}

// zip spools an archive: its table of contents is at its end.
func (in *submission) zip(ctx context.Context, body io.Reader) error {
	spool, err := os.CreateTemp("", "smalti-*.zip")
	if err != nil {
		return fmt.Errorf("spooling a zip: %w", err)
	}
	defer spool.Close()
	// Nobody else needs its name, and a crash leaves nothing behind.
	if err := os.Remove(spool.Name()); err != nil {
		return fmt.Errorf("spooling a zip: %w", err)
	}
	spooled := &limits.Reader{R: body, Take: in.quota.Take}
	n, err := io.Copy(spool, spooled)
	defer func() { in.quota.Return(spooled.N) }()
	if err != nil {
		return err
	}
	if in.Limits != nil { // what is unpacked counts as sent, as far as it is more
		in.unpacked = in.Limits.CountBytes(in.sender, n)
		defer func() { in.unpacked = nil }()
	}
	return in.upload.AddZip(ctx, spool, n)
}

// takeUploads makes the uploaded photos the friends of the request, behind those that were sent ahead. Those that
// were left out are told about with the mosaic, or now, where too few are left for one.
func (in *submission) takeUploads() {
	q := &in.request
	if q.Source != choices.Upload {
		return
	}
	if in.upload != nil {
		q.Friends = append(q.Friends, in.upload.Friends()...)
		for _, s := range in.upload.Skipped() {
			q.skipped = append(q.skipped, job.Skip(s.Name, s.Why))
		}
	}
	for i := range q.Friends {
		q.Friends[i].ID = fmt.Sprintf("%04d", i+1)
	}
	if len(q.Friends) >= job.MinFriends {
		return
	}
	for i, s := range q.skipped {
		if i == maxRefusals {
			in.bad.Add("photos", message.New("upload.unusable_more", "n", len(q.skipped)-i))
			return
		}
		in.refuse("photos", s.Name, s.Says)
	}
}

// maxRefusals is how many files are refused by name.
const maxRefusals = 80

// refuse notes a file that cannot be taken, by its name.
func (in *submission) refuse(field, name string, why message.Message) {
	if field == "photos" && name != "" {
		why = message.New("upload.unusable", "name", message.Clip(name, maxEcho)).Followed(why)
	}
	in.bad.Add(field, why)
}

// discard removes what a request that was not accepted has stored.
func (in *submission) discard(ctx context.Context) {
	if in.batch == "" {
		return
	}
	in.quota.Stop()
	if in.Uploads.Remove(ctx, in.batch) {
		in.endBatch()
	}
}

// endBatch forgets that a batch is on its way: it belongs to a job now, or is gone.
func (in *submission) endBatch() {
	if in.batch == "" {
		return
	}
	if err := in.Journal.EndBatch(in.batch); err != nil {
		in.Log.Warn("forgetting a batch of uploads", "batch", in.batch, "error", err)
	}
}

// reservedStore is a store that takes uploads as far as the quota allows.
type reservedStore struct {
	friends.UploadStore
	in *submission
}

func (s reservedStore) PutUpload(ctx context.Context, id, name string, r io.Reader, most int64) error {
	counted := &limits.Reader{R: r, Take: func(n int64) error {
		if err := s.in.unpacked.Take(n); err != nil {
			return err
		}
		return s.in.quota.Take(n)
	}}
	err := s.UploadStore.PutUpload(ctx, id, name, counted, most)
	if err != nil {
		s.in.quota.Return(counted.N)
	}
	return err
}

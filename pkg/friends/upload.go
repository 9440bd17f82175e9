package friends

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/photo"
)

// UploadStore keeps uploaded files until the mosaic is made.
type UploadStore interface {
	// PutUpload stores what r gives under a name that [job.ValidUploadName] allows, or nothing if r
	// gives an error or more than max bytes.
	PutUpload(ctx context.Context, id, name string, r io.Reader, max int64) error
}

// UploadLimits bound what a person may bring along for one mosaic. A zero field means its default.
type UploadLimits struct {
	Photo  photo.Limits // of each photo
	Photos int          // how many; default [job.MaxFriends]
	Bytes  int64        // of all photos together, unpacked; default 1 GiB
}

func (l UploadLimits) orDefaults() UploadLimits {
	if l.Photo.Bytes <= 0 {
		l.Photo.Bytes = photo.DefaultBytes
	}
	if l.Photos <= 0 {
		l.Photos = job.MaxFriends
	}
	if l.Bytes <= 0 {
		l.Bytes = 1 << 30
	}
	return l
}

// Skipped is a file that did not become a friend.
type Skipped struct {
	Name string // the file's, without its folders
	Path string // the same with its folders, as it came
	Why  message.Message
}

// maxSkipped is how many files are skipped by name before the whole upload is refused.
const maxSkipped = 1_000

// Upload takes the files for one mosaic, one after the other, and stores what looks like a picture. It reads
// the first bytes and decodes nothing, so that it is cheap; a file that only looks like a picture fails later,
// at the worker. Other files are skipped and named. An Upload is for one goroutine at a time.
type Upload struct {
	store   UploadStore
	id      string
	limits  UploadLimits
	friends []job.Friend
	skipped []Skipped
	bytes   int64
}

// NewUpload begins an upload for the mosaic with the given id.
func NewUpload(store UploadStore, id string, l UploadLimits) *Upload {
	return &Upload{store: store, id: id, limits: l.orDefaults()}
}

// Friends are those whose photos are stored so far, in the order in which they came.
func (u *Upload) Friends() []job.Friend { return u.friends }

// Bytes is how much is stored so far.
func (u *Upload) Bytes() int64 { return u.bytes }

// Skipped are the files that were left out so far.
func (u *Upload) Skipped() []Skipped { return u.skipped }

// Add takes one file. An error means that the whole upload cannot go on: a limit is reached, r
// failed, or the store did. A file that is not a picture is not an error; see [Upload.Skipped].
func (u *Upload) Add(ctx context.Context, filename string, r io.Reader) error {
	if err := u.tooManySkipped(); err != nil {
		return err
	}
	refused, err := u.add(ctx, filename, r, 0, u.keep)
	if err == nil && refused != nil {
		err = measure(refused, r)
		u.skip(filename, refused.Message())
	}
	return err
}

func (u *Upload) tooManySkipped() error {
	if len(u.skipped) >= maxSkipped {
		return fail("", nil, message.New("upload.mostly_other", "limit", maxSkipped))
	}
	return nil
}

// add takes one file that says to be so large, or 0 where it does not say. It skips hidden ones, and returns why
// others are refused.
func (u *Upload) add(ctx context.Context, filename string, r io.Reader, size int64, keep keep) (*photo.Error, error) {
	if hidden(filename) {
		u.skip(filename, message.New("upload.system_file"))
		return nil, nil
	}
	number := len(u.friends) + 1
	name := fmt.Sprintf("%04d", number)
	if len(u.friends) >= u.limits.Photos {
		keep = u.keepNoMore
	}
	refused, err := u.put(ctx, name, r, size, keep)
	if err != nil {
		return nil, fmt.Errorf("uploading photo %d: %w", number, err)
	}
	if refused == nil {
		u.friends = append(u.friends, job.Friend{
			ID: name, Name: NameOfFile(filename, number), Photo: fmt.Sprintf("upload:%s/%s", u.id, name),
		})
	}
	return refused, nil
}

// measure finds out how large a file is that is too large. It has to be read to its end to get at the next one.
func measure(refused *photo.Error, r io.Reader) error {
	if refused.Kind != photo.TooLarge {
		return nil
	}
	rest, err := io.Copy(io.Discard, r)
	if err != nil {
		return fmt.Errorf("receiving: %w", err)
	}
	refused.Got = refused.Limit + 1 + rest
	return nil
}

// AddTarget takes the picture that the mosaic shows, and returns its address. Unlike with the photos, a file
// that is not a picture, or was cut off, is an error.
func (u *Upload) AddTarget(ctx context.Context, r io.Reader) (address string, err error) {
	const name = "target"
	refused, err := u.put(ctx, name, r, 0, u.keepWhole)
	if err == nil && refused != nil {
		if err = measure(refused, r); err == nil {
			err = refused
		}
	}
	if err != nil {
		return "", fmt.Errorf("uploading the target: %w", err)
	}
	return fmt.Sprintf("upload:%s/%s", u.id, name), nil
}

// keep stores what r gives, at most so many bytes, under a name.
type keep func(ctx context.Context, name string, r io.Reader, most int64) error

// put reads the head of a file, and stores the file if it is a picture. What is wrong with the file itself
// comes back as refused.
func (u *Upload) put(ctx context.Context, name string, r io.Reader, size int64, keep keep) (refused *photo.Error, err error) {
	most := min(u.limits.Photo.Bytes, u.limits.Bytes-u.bytes)
	in := &intake{r: r, most: most}
	// What Check has read is stored in front of the rest.
	var head bytes.Buffer
	info, err := photo.Check(io.TeeReader(in, &head), u.limits.Photo)
	switch {
	case err != nil:
	case size > u.limits.Photo.Bytes:
		err = &photo.Error{Kind: photo.TooLarge, Got: size, Limit: u.limits.Photo.Bytes}
	default:
		err = keep(ctx, name, bufio.NewReader(io.MultiReader(&head, in)), most)
	}
	if err != nil {
		refused, err = u.judge(in, err)
		if refused != nil && refused.Kind == photo.TooLarge {
			refused.What = string(info.Format)
		}
		return refused, err
	}
	u.bytes += in.n
	return nil, nil
}

func (u *Upload) keep(ctx context.Context, name string, r io.Reader, most int64) error {
	return u.store.PutUpload(ctx, u.id, name, r, most)
}

// keepNoMore refuses a picture; other files may still come.
func (u *Upload) keepNoMore(context.Context, string, io.Reader, int64) error { return u.tooMany() }

// keepWhole checks a file while it is stored, and refuses one that ends too early.
func (u *Upload) keepWhole(ctx context.Context, name string, r io.Reader, most int64) error {
	looked := make(chan error, 1)
	seen, write := io.Pipe()
	go func() {
		err := photo.CheckComplete(seen)
		_, _ = io.Copy(io.Discard, seen) // what Check left must not block the store
		looked <- err
	}()
	err := u.keep(ctx, name, io.TeeReader(r, write), most)
	write.Close()
	if whole := <-looked; err == nil {
		err = whole
	}
	return err
}

// judge says whose fault it was: the file's, the sender's or ours. An error of the store counts only when the
// file had none, because the store passes on what the reader gave it.
func (u *Upload) judge(in *intake, err error) (*photo.Error, error) {
	switch {
	case in.full && in.most < u.limits.Photo.Bytes:
		return nil, u.tooMuch()
	case in.full:
		return &photo.Error{Kind: photo.TooLarge, Limit: u.limits.Photo.Bytes}, nil
	case in.err != nil:
		return nil, fmt.Errorf("receiving: %w", in.err)
	}
	if e, ok := errors.AsType[*photo.Error](err); ok {
		return e, nil
	}
	return nil, fmt.Errorf("storing: %w", err)
}

func (u *Upload) skip(filename string, why message.Message) {
	u.skipped = append(u.skipped, Skipped{Name: shownName(filename), Path: filename, Why: why})
}

func (u *Upload) tooMany() error {
	return fail("", nil, message.New("upload.too_many", "limit", u.limits.Photos))
}

func (u *Upload) tooMuch() error {
	return fail("", nil, message.New("upload.too_much", "limit", u.limits.Bytes))
}

// intake counts what is read, stops where it is too much, and remembers how it ended.
type intake struct {
	r    io.Reader
	most int64
	n    int64
	full bool  // there was more than most
	err  error // of r, not io.EOF
}

var errFull = errors.New("more bytes than allowed")

func (in *intake) Read(p []byte) (int, error) {
	// One byte more than allowed is asked for, to tell a file that just fits from one that does not.
	if left := in.most + 1 - in.n; int64(len(p)) > left {
		p = p[:max(left, 0)]
	}
	n, err := in.r.Read(p)
	in.n += int64(n)
	if in.n > in.most {
		in.full = true
		return 0, errFull
	}
	if err != nil && !errors.Is(err, io.EOF) {
		in.err = err
	}
	return n, err
}

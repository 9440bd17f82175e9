package intake

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/problem"
)

// What one form may hold, beside its files. All of it together costs less than 8 MB of memory.
const (
	maxField      = 1 << 10                      // bytes of a plain field
	maxLines      = 2 << 20                      // bytes of one that is a list
	maxFields     = 64                           // plain fields
	maxText       = 2<<20 + maxFields*maxField   // bytes of all plain fields
	maxParts      = 2*job.MaxFriends + maxFields // fields and files
	maxPartHeader = 4 << 10                      // bytes of a part's header: names of field and file
	maxOptions    = 8 << 10                      // bytes of the options of a JSON request
	maxEcho       = 80                           // bytes of what was sent that a sentence repeats
)

// formReader reads a multipart form part by part. Package multipart itself takes headers of 10 MB.
type formReader struct {
	parts  *multipart.Reader
	gate   *headerGate
	part   *multipart.Part
	count  int
	fields int
	length int // of all plain fields, in bytes
}

var (
	errPartHeader = problem.New(http.StatusBadRequest, message.New("problem.long_field_name"))
	errManyParts  = problem.New(http.StatusRequestEntityTooLarge, message.New("problem.many_parts"))
	errMuchText   = problem.New(http.StatusRequestEntityTooLarge, message.New("problem.much_text"))
)

func newFormReader(r *http.Request) (*formReader, error) {
	f := &formReader{gate: &headerGate{ReadCloser: r.Body, open: true}}
	r.Body = f.gate
	var err error
	f.parts, err = r.MultipartReader()
	return f, err
}

// next returns the next part, io.EOF after the last one. Whatever was left of the part before is
// skipped.
func (f *formReader) next() (*multipart.Part, error) {
	if f.part != nil {
		if _, err := io.Copy(io.Discard, f.part); err != nil {
			return nil, err
		}
	}
	if f.count++; f.count > maxParts {
		return nil, errManyParts
	}
	f.gate.open, f.gate.left = false, maxPartHeader
	defer func() { f.gate.open = true }()
	var err error
	f.part, err = f.parts.NextPart()
	if f.gate.closed {
		return nil, errPartHeader
	}
	return f.part, err
}

// text reads a plain field; whole is false where it is too long.
func (f *formReader) text(name string, part io.Reader) (value string, whole bool, err error) {
	most := maxField
	if name == "links" || name == "leave_out" || name == "friends" {
		most = maxLines
	}
	if f.fields++; f.fields > maxFields {
		return "", false, errManyParts
	}
	chunks, n, err := readChunks(part, most)
	switch {
	case err != nil:
		return "", false, err
	case n > most:
		return "", false, nil
	}
	if f.length += n; f.length > maxText {
		return "", false, errMuchText
	}
	var b strings.Builder
	b.Grow(n)
	for _, chunk := range chunks {
		b.Write(chunk)
	}
	return b.String(), true, nil
}

// readChunks reads no more than one byte over most. A buffer that grows would be copied again and again.
func readChunks(r io.Reader, most int) (chunks [][]byte, n int, err error) {
	for size := 512; n <= most; size = 64 << 10 {
		chunk := make([]byte, min(size, most+1-n))
		got, err := io.ReadFull(r, chunk)
		chunks, n = append(chunks, chunk[:got]), n+got
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && got < len(chunk) {
			return chunks, n, nil
		}
		if err != nil {
			return nil, n, err
		}
	}
	return chunks, n, nil
}

// headerGate lets a limited number of bytes through while it is not open.
type headerGate struct {
	io.ReadCloser
	open, closed bool
	left         int
}

var errGate = errors.New("too many bytes")

func (g *headerGate) Read(p []byte) (int, error) {
	if !g.open {
		if g.left <= 0 {
			g.closed = true
			return 0, errGate
		}
		p = p[:min(len(p), g.left)]
	}
	n, err := g.ReadCloser.Read(p)
	if !g.open {
		g.left -= n
	}
	return n, err
}

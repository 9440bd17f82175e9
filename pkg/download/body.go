package download

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"smalti/pkg/photo"
)

// errBrokenOff is wrapped by the errors of bodies that ended too early.
var errBrokenOff = errors.New("the body broke off")

// readBody reads the photo that an answer holds. No encoding was asked for, but some servers apply gzip to whatever
// they send, and some only say so. The limit is that of the bytes that come, and of those that they become. Before more
// than a few of them are held, grow is called.
func readBody(resp *http.Response, l photo.Limits, grow func() error) ([]byte, error) {
	coding := contentCoding(resp.Header)
	isGzip := coding == "gzip" || coding == "x-gzip" // RFC 9110, 8.4.1.3
	come := bufio.NewReader(http.MaxBytesReader(nil, resp.Body, l.Bytes))
	var body io.Reader = come
	if magic, _ := come.Peek(2); isGzip && string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(come)
		if err != nil {
			return nil, bodyError(err)
		}
		body = unpacked
	}
	if size := resp.ContentLength; size > smallPhoto && size <= l.Bytes {
		if err := grow(); err != nil {
			return nil, err
		}
		grow = nil
	}
	data, err := photo.Read(&growing{body, smallPhoto, grow}, l, resp.ContentLength)
	if errors.Is(err, io.ErrUnexpectedEOF) && photo.CheckComplete(bytes.NewReader(data)) == nil {
		return data, nil // only the Content-Length was wrong
	}
	if err != nil {
		return nil, bodyError(err)
	}
	if coding != "" && !isGzip {
		_, err := photo.Check(bytes.NewReader(data), l)
		if e, ok := errors.AsType[*photo.Error](err); ok && e.Kind == photo.Unsupported {
			return nil, &photo.Error{Kind: photo.Encoded, What: coding}
		}
	}
	return data, nil
}

// smallPhoto is how many bytes a photo may have without asking. Those of profiles have 10 to 100 kB.
const smallPhoto = 256 << 10

// growing asks before it reads more than a small photo has.
type growing struct {
	r    io.Reader
	left int
	grow func() error
}

func (g *growing) Read(b []byte) (int, error) {
	if g.left <= 0 && g.grow != nil {
		if err := g.grow(); err != nil {
			return 0, err
		}
		g.grow = nil
	}
	n, err := g.r.Read(b)
	g.left -= n
	return n, err
}

// contentCoding is the encoding that a header names, or "other"; it is empty for none.
func contentCoding(h http.Header) string {
	switch coding := strings.ToLower(strings.TrimSpace(strings.Join(h.Values("Content-Encoding"), ","))); {
	case coding == "identity":
		return ""
	case coding == "", slices.Contains([]string{"gzip", "x-gzip", "deflate", "br", "zstd", "compress"}, coding):
		return coding
	}
	return "other"
}

// bodyError tells apart what is the photo's fault, and what may go better next time.
func bodyError(err error) error {
	var corrupt flate.CorruptInputError
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &photo.Error{Kind: photo.TooLarge, Limit: tooLarge.Limit}
	}
	switch {
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return &photo.Error{Kind: photo.Broken, Err: err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", errBrokenOff, err)
	}
	return err
}

// isWhole reports whether an answer is all of a photo. Some caches transform photos (203), and some servers send all of
// it as a part that nobody asked for (206; RFC 9110, 14.4).
func isWhole(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		return true
	case http.StatusPartialContent:
		last, total, ok := strings.Cut(strings.TrimPrefix(resp.Header.Get("Content-Range"), "bytes 0-"), "/")
		n, err1 := strconv.ParseInt(last, 10, 64)
		all, err2 := strconv.ParseInt(total, 10, 64)
		return ok && err1 == nil && err2 == nil && n == all-1
	}
	return false
}

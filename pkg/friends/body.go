package friends

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// coding is the encoding that is asked for: lists of people become a fifth of their size.
const coding = "gzip"

var (
	errLong  = fmt.Errorf("more than %d bytes", maxBody)
	errCoded = errors.New("encoded in a way that was not asked for")
)

// readBody reads an answer of at most maxBody bytes, packed and unpacked. Some servers only say that they packed it.
func readBody(res *http.Response) ([]byte, error) {
	come := bufio.NewReader(io.LimitReader(res.Body, maxBody+1))
	var body io.Reader = come
	switch name := strings.ToLower(strings.TrimSpace(strings.Join(res.Header.Values("Content-Encoding"), ","))); name {
	case "", "identity":
	case coding, "x-gzip": // RFC 9110, 8.4.1.3
		if magic, _ := come.Peek(2); string(magic) == "\x1f\x8b" {
			unpacked, err := gzip.NewReader(come)
			if err != nil {
				return nil, err
			}
			body = io.LimitReader(unpacked, maxBody+1)
		}
	default:
		return nil, fmt.Errorf("%w: %.40q", errCoded, name)
	}
	data, err := io.ReadAll(body)
	if err == nil && len(data) > maxBody {
		err = errLong
	}
	return data, err
}

// isBroken reports whether the error of readBody is the server's own fault, not that of the way.
func isBroken(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, errLong) || errors.Is(err, errCoded) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt)
}

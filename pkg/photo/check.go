package photo

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"

	"golang.org/x/image/webp"

	"smalti/pkg/jpeg"
)

// Check reads the header of a picture from r and refuses what is no picture or has more pixels than l
// allows, or of which the header tells that it needs more memory. It decodes no pixels: a picture that passes may still be broken. The error is an [*Error], or that
// of reading r.
func Check(r io.Reader, l Limits) (Info, error) {
	l = l.orDefaults()
	source := &errorReader{r: r}
	b := bufio.NewReader(io.LimitReader(source, l.Bytes))
	head, err := b.Peek(sniffLength)
	if source.err != nil {
		return Info{}, source.err
	}
	if len(head) == 0 {
		return Info{}, &Error{Kind: Empty}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Info{}, err
	}
	f, what := sniff(head)
	if f == "" {
		return Info{}, &Error{Kind: Unsupported, What: what}
	}
	if f == HEIC || f == AVIF {
		if l.NoHEIF {
			return Info{}, &Error{Kind: Unsupported, What: strings.ToLower(string(f))}
		}
		info, err := checkHEIF(b, l)
		if source.err != nil {
			return Info{}, source.err
		}
		if err != nil {
			return Info{}, heifError(f, err)
		}
		return info, nil
	}
	info := Info{Format: f}
	if info.Width, info.Height, err = size(f, head, b); err != nil {
		if source.err != nil {
			return Info{}, source.err
		}
		return Info{}, decodeError(f, err)
	}
	if info.Width <= 0 || info.Height <= 0 {
		return Info{}, &Error{Kind: Broken, Err: fmt.Errorf("size %d x %d", info.Width, info.Height)}
	}
	if err := l.check(f, costOf(f, head), info.Width, info.Height); err != nil {
		return Info{}, err
	}
	return info, nil
}

// size reads a picture's width and height. It does not use the registry of package image, which holds
// whatever other packages have put there.
func size(f Format, head []byte, r io.Reader) (width, height int, err error) {
	defer recovered(&err)
	switch f {
	case JPEG:
		c, err := jpeg.DecodeConfig(r)
		return c.Width, c.Height, err
	case PNG:
		return pngSize(head)
	case GIF:
		return gifSize(r)
	case BMP:
		d, err := openBMP(head)
		if err != nil {
			return 0, 0, err
		}
		return d.width, d.height, nil
	case ICO:
		data, err := io.ReadAll(r)
		if err != nil {
			return 0, 0, err
		}
		return iconSize(data)
	case WebP:
		c, err := webp.DecodeConfig(r)
		return c.Width, c.Height, err
	}
	return 0, 0, image.ErrFormat
}

// pngSize reads the header chunk.
func pngSize(head []byte) (width, height int, err error) {
	for c := range rawChunks(head) {
		if l, ok := readLayout(c.payload); c.name == "IHDR" && ok && c.sound() {
			return l.width, l.height, nil
		}
	}
	return 0, 0, errPNG
}

// decodeError distinguishes what a decoder does not support from what is broken.
func decodeError(f Format, err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if _, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
		return &Error{Kind: Unusual, What: string(f), Err: err}
	}
	return &Error{Kind: Broken, Err: err}
}

// recovered turns a decoder's panic into an error: one picture must not end the program.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("decoder panicked: %v", p)
	}
}

// errorReader keeps the error of the underlying reader, to tell it from a fault of the picture.
type errorReader struct {
	r   io.Reader
	err error // not io.EOF
}

func (m *errorReader) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

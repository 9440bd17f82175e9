// Package heif reads the headers of HEIC and AVIF pictures: what they are, how large, how they are to be turned,
// and which colours they have. It decodes no pixels.
//
// Sources: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (items and their properties), ISO/IEC 23000-22 (MIAF),
// AV1 Image File Format v1.1, ITU-T H.265 (for the colours that only the coded picture tells).
package heif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Picture is what the header of a file says about its main picture; of a sequence, about its frames.
type Picture struct {
	AV1           bool // AVIF; otherwise HEIC
	Width, Height int  // as stored, before any turning
	Orientation   int  // as in EXIF, 1 to 8: how it must be turned
	Depth         int  // bits per sample
	Alpha         bool // it has a plane of transparency
	Profile       []byte
	Colours       Colours
	Thumbnail     *Thumbnail // of HEIC, the largest; nil without one

	primary field
	turns   []field // the numbers of the properties that turn it
}

// Thumbnail is a smaller version of the picture in the same file.
type Thumbnail struct {
	Width, Height int // as stored
	id            uint32
}

// field is where in the file a number stands.
type field struct {
	at   int64
	size int // bytes
}

func (f field) set(file []byte, v uint32) {
	for i := range f.size {
		file[f.at+int64(i)] = byte(v >> (8 * (f.size - 1 - i)))
	}
}

// ErrFormat means that a file is not one of these formats, or broken.
var ErrFormat = errors.New("heif: not a sound header")

// UnsupportedError is a kind of picture that has no decoder here, by the four letters of its coding.
type UnsupportedError string

func (e UnsupportedError) Error() string {
	return fmt.Sprintf("heif: pictures of kind %q are not decoded", string(e))
}

// maxBox is the most bytes of a box that is read; colour profiles are its largest part.
const maxBox = 4 << 20

// Parse reads from r until the header is complete. Errors other than [ErrFormat] and [UnsupportedError] are r's.
func Parse(r io.Reader) (*Picture, error) {
	in := &stream{r: r}
	sequence := false
	for first := true; ; first = false {
		name, size, err := in.box()
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || first && name != "ftyp":
			return nil, ErrFormat
		case err != nil:
			return nil, err
		case name == "ftyp" || name == "meta" && !sequence || name == "moov" && sequence:
			if size > maxBox {
				return nil, ErrFormat
			}
			at := in.at
			body, err := in.read(size)
			if err != nil {
				return nil, err
			}
			if name == "ftyp" {
				sequence = len(body) >= 4 && string(body[:4]) == "avis"
				continue
			}
			if sequence {
				return parseMovie(body)
			}
			return parseMeta(body, at)
		default:
			if err := in.skip(size); err != nil {
				return nil, err
			}
		}
	}
}

// Is reports whether a file that begins with head says that it is of one of these formats.
func Is(head []byte) bool {
	if len(head) < 16 || string(head[4:8]) != "ftyp" {
		return false
	}
	if slices.Contains(brands, string(head[8:12])) {
		return true
	}
	size := min(int(binary.BigEndian.Uint32(head)), len(head))
	for i := 16; i+4 <= size; i += 4 { // those it is compatible with
		if b := string(head[i : i+4]); b == "avif" || b == "heic" {
			return true
		}
	}
	return false
}

var brands = []string{"avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}

// UseThumbnail makes the thumbnail the main picture of the file p was read from.
func (p *Picture) UseThumbnail(file []byte) { p.primary.set(file, p.Thumbnail.id) }

// DoNotTurn takes the turns out of the file p was read from. libheif's own have mixed up rows of some pictures.
func (p *Picture) DoNotTurn(file []byte) {
	for _, f := range p.turns {
		f.set(file, 0) // no property
	}
}

// stream reads the boxes of a file, one after the other.
type stream struct {
	r  io.Reader
	at int64
}

// box reads the head of a box. size is that of the rest.
func (s *stream) box() (name string, size int64, err error) {
	head, err := s.read(8)
	if err != nil {
		return "", 0, err
	}
	size, name = int64(binary.BigEndian.Uint32(head)), string(head[4:])
	used := int64(8)
	if size == 1 { // 64 bits follow
		long, err := s.read(8)
		if err != nil {
			return "", 0, err
		}
		size, used = int64(binary.BigEndian.Uint64(long)), 16
	}
	if size < used { // negative, or 0: up to the end of the file, as only the last box may
		return "", 0, io.EOF
	}
	return name, size - used, nil
}

func (s *stream) read(n int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(s.r, n))
	s.at += int64(len(b))
	if err == nil && int64(len(b)) < n {
		err = io.ErrUnexpectedEOF
	}
	return b, ended(err)
}

func (s *stream) skip(n int64) error {
	done, err := io.CopyN(io.Discard, s.r, n)
	s.at += done
	return ended(err)
}

// ended makes an early end a fault of the file.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrFormat
	}
	return err
}

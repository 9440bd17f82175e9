package job

import (
	"encoding/json"
	"errors"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"smalti/pkg/message"
)

// What JSON from strangers may be like. Decoded, an array of 4 MB of "{}," would take 90 MB, and a
// field's name is quoted in the error that it is not known.
const (
	maxDepth       = 16
	maxElements    = 2 * MaxFriends // of one array: somebody with too many friends is told how many they are
	maxMemberName  = 100            // bytes, as written
	maxNumberBytes = 100
)

// Decoder reads untrusted JSON, one value at a time, and refuses text that would take far more memory than it
// has bytes. The errors of its methods are an [Invalid], or that of the reader.
type Decoder struct {
	d       *json.Decoder
	bounded *boundedJSON
}

// NewDecoder returns a decoder of the JSON text that r gives.
func NewDecoder(r io.Reader) *Decoder {
	// The decoder would replace each byte that is not UTF-8 with three.
	bounded := &boundedJSON{r: transform.NewReader(r, encoding.UTF8Validator)}
	d := json.NewDecoder(bounded)
	d.DisallowUnknownFields()
	return &Decoder{d, bounded}
}

// readAhead is what a decoder may have read behind the value that it returns, in bytes.
const readAhead = 4 << 10

// Value reads the next value into v. One that is much longer than most bytes is refused before it is in memory.
func (d *Decoder) Value(v any, most int) error {
	d.bounded.left = most + readAhead
	return d.wrong(d.d.Decode(v))
}

// Token reads the next delimiter or member name.
func (d *Decoder) Token() (json.Token, error) {
	d.bounded.left = readAhead
	t, err := d.d.Token()
	return t, d.wrong(err)
}

// More reports whether the array or object goes on.
func (d *Decoder) More() bool {
	d.bounded.left = readAhead
	return d.d.More()
}

// End expects nothing more.
func (d *Decoder) End() error {
	d.bounded.left = readAhead
	_, err := d.d.Token()
	switch {
	case d.bounded.err != nil:
		return d.bounded.err
	case errors.Is(err, io.EOF):
		return nil
	}
	return Wrong("", message.New("package.behind"))
}

func (d *Decoder) wrong(err error) error {
	switch {
	case err == nil:
		return nil
	case d.bounded.err != nil:
		return d.bounded.err
	}
	return decodeError(err)
}

// boundedJSON passes JSON text on, and fails with an [Invalid] at the first thing that exceeds the bounds. It
// leaves syntax errors to the decoder.
type boundedJSON struct {
	r    io.Reader
	left int   // bytes that may still be read
	err  error // not io.EOF

	inString bool
	escaped  bool
	length   int // of the string or number so far
	levels   []level
}

// level is an array or object that is open.
type level struct {
	object bool
	name   bool // of an object: the next string is a member's name
	commas int
}

func (b *boundedJSON) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.left <= 0 {
		b.err = Wrong("", message.New("package.value_too_long"))
		return 0, b.err
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	if bad := b.look(p[:n]); bad.Code != "" {
		b.err = Wrong("", bad)
		return 0, b.err
	}
	switch {
	case errors.Is(err, encoding.ErrInvalidUTF8):
		b.err = Wrong("", message.New("package.not_json"))
		err = b.err
	case err != nil && !errors.Is(err, io.EOF):
		b.err = err
	}
	return n, err
}

// look returns what is wrong with the next piece of the text; no code: nothing.
func (b *boundedJSON) look(text []byte) (bad message.Message) {
	for _, c := range text {
		if b.inString {
			if b.length++; b.length > maxMemberName+1 && b.atName() {
				return message.New("package.name_too_long", "limit", maxMemberName)
			}
			switch {
			case b.escaped:
				b.escaped = false
			case c == '\\':
				b.escaped = true
			case c == '"':
				b.inString, b.length = false, 0
			}
			continue
		}
		if bad := b.outside(c); bad.Code != "" {
			return bad
		}
	}
	return bad
}

func (b *boundedJSON) outside(c byte) (bad message.Message) {
	top := len(b.levels) - 1
	switch c {
	case '"':
		b.inString, b.length = true, 0
	case '{', '[':
		if len(b.levels) == maxDepth {
			return message.New("package.too_deep", "limit", maxDepth)
		}
		b.levels, b.length = append(b.levels, level{object: c == '{', name: c == '{'}), 0
	case '}', ']':
		if top >= 0 {
			b.levels = b.levels[:top]
		}
		b.length = 0
	case ':':
		if top >= 0 {
			b.levels[top].name = false
		}
		b.length = 0
	case ',':
		b.length = 0
		if top < 0 {
			break
		}
		l := &b.levels[top]
		l.name = l.object
		if l.commas++; l.commas >= maxElements {
			return message.New("package.list_too_long", "limit", maxElements)
		}
	case ' ', '\t', '\r', '\n':
		b.length = 0
	default: // a number, true, false or null
		if b.length++; b.length > maxNumberBytes {
			return message.New("package.number_too_long", "limit", maxNumberBytes)
		}
	}
	return bad
}

func (b *boundedJSON) atName() bool { return len(b.levels) > 0 && b.levels[len(b.levels)-1].name }

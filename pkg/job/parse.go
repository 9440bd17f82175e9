package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"smalti/pkg/message"
)

// Parse reads a package from JSON and validates it. It refuses unknown fields and versions, and anything after
// the end. Every error is an [Invalid]. A package that could be read but is not valid is returned with the
// error, so that the reason can be recorded under its id; one of another version (see [Package.Foreign]) has
// the fields of all versions only.
func Parse(data []byte) (*Package, error) {
	if len(data) > MaxPackageBytes {
		return nil, Wrong("", message.New("package.too_large", "size", len(data), "limit", MaxPackageBytes))
	}
	// The version and the id come first and leniently: another version may well have other fields.
	var h head
	if err := json.Unmarshal(data, &h); err != nil {
		return nil, Wrong("", message.New("package.not_object"))
	}
	if !Reads(h.V) {
		p := h.asPackage()
		return p, p.Validate()
	}
	p := &Package{}
	if err := DecodeStrict(data, p); err != nil {
		p.ID = h.ID
		return p, err
	}
	return p, p.Validate()
}

// DecodeStrict reads one JSON value into v, and refuses unknown fields and anything behind it. Every
// error is an [Invalid] that says what was wrong.
func DecodeStrict(data []byte, v any) error {
	d := NewDecoder(bytes.NewReader(data))
	if err := d.Value(v, len(data)); err != nil {
		return err
	}
	return d.End()
}

// maxEcho is how much of what somebody sent, in bytes, is repeated to them.
const maxEcho = 80

func decodeError(err error) error {
	var bad Invalid
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if t.Field == "" {
			bad.add("", "package.wrong_type", "type", message.Clip(t.Value, maxEcho))
		} else {
			bad.add(t.Field, "package.wrong_type_of", "field", message.Clip(t.Field, maxEcho), "type", message.Clip(t.Value, maxEcho))
		}
		return bad
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return Wrong("", message.New("package.not_json"))
	}
	// encoding/json has no type for this one.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = message.Clip(strings.Trim(name, `"`), maxEcho)
		bad.add(name, "package.unknown_field", "field", name)
		return bad
	}
	return Wrong("", message.New("package.bad_value"))
}

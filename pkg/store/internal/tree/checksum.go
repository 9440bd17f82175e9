package tree

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"smalti/pkg/store"
)

// Summer counts and hashes what is written to it.
type Summer struct {
	Bytes int64
	hash  hash.Hash
}

// NewSummer returns one of nothing.
func NewSummer() Summer { return Summer{hash: sha256.New()} }

func (s *Summer) Write(p []byte) (int, error) {
	s.Bytes += int64(len(p))
	return s.hash.Write(p)
}

// Hex is the SHA-256 of it.
func (s *Summer) Hex() string { return hex.EncodeToString(s.hash.Sum(nil)) }

// File describes what was written.
func (s *Summer) File(name string) store.File {
	return store.File{Name: name, Bytes: s.Bytes, SHA256: s.Hex()}
}

// repeatSummer is a Summer of something that is written several times and must be the same each time. It
// sums up the last time, and checks that it begins as the longest of the others did.
type repeatSummer struct {
	Summer
	before struct {
		bytes int64
		hash  []byte
	}
}

var errChanged = errors.New("what was written again was not the same")

func (s *repeatSummer) restart() {
	if s.Bytes > s.before.bytes {
		s.before.bytes, s.before.hash = s.Bytes, s.hash.Sum(nil)
	}
	s.Bytes = 0
	s.hash.Reset()
}

func (s *repeatSummer) Write(p []byte) (int, error) {
	left := s.before.bytes - s.Bytes
	if left <= 0 || left > int64(len(p)) {
		return s.Summer.Write(p)
	}
	n, err := s.Summer.Write(p[:left])
	if err == nil && !bytes.Equal(s.hash.Sum(nil), s.before.hash) {
		err = errChanged
	}
	if err != nil {
		return n, err
	}
	more, err := s.Summer.Write(p[left:])
	return n + more, err
}

func (s *repeatSummer) end() error {
	if s.Bytes < s.before.bytes {
		return errChanged
	}
	return nil
}

// CopyListed copies a file whose size and hash are known. The error is a [store.ErrDamaged] if they are others.
func CopyListed(w io.Writer, r io.Reader, f store.File) error {
	sum := NewSummer()
	if _, err := io.Copy(io.MultiWriter(w, &sum), io.LimitReader(r, f.Bytes+1)); err != nil {
		return err
	}
	if got := sum.File(f.Name); got != f {
		return fmt.Errorf("%w: %s has %d bytes and hash %s, not %d and %s as listed", store.ErrDamaged, f.Name, got.Bytes, got.SHA256, f.Bytes, f.SHA256)
	}
	return nil
}

// PacedReader reads at a pace, which may be nil, until its context ends.
type PacedReader struct {
	Ctx  context.Context
	From io.Reader
	Pace store.Pace
}

func (r *PacedReader) Read(p []byte) (int, error) {
	err := r.Ctx.Err()
	if err == nil && r.Pace != nil {
		err = r.Pace(r.Ctx, len(p))
	}
	if err != nil {
		return 0, err
	}
	return r.From.Read(p)
}

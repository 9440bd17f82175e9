package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// summer counts and hashes what is written to it.
type summer struct {
	bytes int64
	hash  hash.Hash
}

func newSummer() summer { return summer{hash: sha256.New()} }

func (s *summer) Write(p []byte) (int, error) {
	s.bytes += int64(len(p))
	return s.hash.Write(p)
}

func (s *summer) hex() string { return hex.EncodeToString(s.hash.Sum(nil)) }

// file describes what was written.
func (s *summer) file(name string) File { return File{name, s.bytes, s.hex()} }

// repeatSummer is a summer of something that is written several times and must be the same each time. It
// sums up the last time, and checks that it begins as the longest of the others did.
type repeatSummer struct {
	summer
	before struct {
		bytes int64
		hash  []byte
	}
}

var errChanged = errors.New("what was written again was not the same")

func (s *repeatSummer) restart() {
	if s.bytes > s.before.bytes {
		s.before.bytes, s.before.hash = s.bytes, s.hash.Sum(nil)
	}
	s.bytes = 0
	s.hash.Reset()
}

func (s *repeatSummer) Write(p []byte) (int, error) {
	left := s.before.bytes - s.bytes
	if left <= 0 || left > int64(len(p)) {
		return s.summer.Write(p)
	}
	n, err := s.summer.Write(p[:left])
	if err == nil && !bytes.Equal(s.hash.Sum(nil), s.before.hash) {
		err = errChanged
	}
	if err != nil {
		return n, err
	}
	more, err := s.summer.Write(p[left:])
	return n + more, err
}

func (s *repeatSummer) end() error {
	if s.bytes < s.before.bytes {
		return errChanged
	}
	return nil
}

// copyListed copies a file whose size and hash are known. The error is an [ErrDamaged] if they are others.
func copyListed(w io.Writer, r io.Reader, f File) error {
	sum := newSummer()
	if _, err := io.Copy(io.MultiWriter(w, &sum), io.LimitReader(r, f.Bytes+1)); err != nil {
		return err
	}
	if got := sum.file(f.Name); got != f {
		return fmt.Errorf("%w: %s has %d bytes and hash %s, not %d and %s as listed", ErrDamaged, f.Name, got.Bytes, got.SHA256, f.Bytes, f.SHA256)
	}
	return nil
}

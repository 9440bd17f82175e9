package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// summer counts and hashes what is written to it.
type summer struct {
	bytes int64
	hash  hash.Hash
}

func (s *summer) Write(p []byte) (int, error) {
	s.bytes += int64(len(p))
	return s.hash.Write(p)
}

// file describes what was written.
func (s *summer) file(name string) File {
	return File{name, s.bytes, hex.EncodeToString(s.hash.Sum(nil))}
}

// copyListed copies a file whose size and hash are known, and fails where they turn out otherwise.
func copyListed(w io.Writer, r io.Reader, f File) error {
	sum := summer{hash: sha256.New()}
	if _, err := io.Copy(io.MultiWriter(w, &sum), io.LimitReader(r, f.Bytes+1)); err != nil {
		return err
	}
	if got := sum.file(f.Name); got != f {
		return fmt.Errorf("%s has %d bytes and hash %s, not %d and %s as listed", f.Name, got.Bytes, got.SHA256, f.Bytes, f.SHA256)
	}
	return nil
}

package store

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

// spooled is an upload in a temporary file. The file has no name any more: a crash leaves nothing.
type spooled struct {
	file *os.File
	File
}

// spool reads r to its end. The error is a [TooLarge] when it has more than limit bytes.
func spool(name string, r io.Reader, limit int64) (_ *spooled, err error) {
	f, err := os.CreateTemp("", "smalti-upload-*")
	if err != nil {
		return nil, fmt.Errorf("spooling: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, fmt.Errorf("spooling: %w", err)
	}
	var copied int64
	sum := summer{hash: sha256.New()}
	if err := copyUpload(name, r, limit, &copied)(io.MultiWriter(f, &sum)); err != nil {
		return nil, err
	}
	return &spooled{f, sum.file(name)}, nil
}

// writeTo may be called again, and by several goroutines at once.
func (s *spooled) writeTo(w io.Writer) error {
	_, err := io.Copy(w, io.NewSectionReader(s.file, 0, s.Bytes))
	return err
}

// reader reads it from the beginning.
func (s *spooled) reader() io.Reader {
	return &spooledReader{io.NewSectionReader(s.file, 0, s.Bytes), s}
}

// spooledReader need not be spooled again.
type spooledReader struct {
	io.Reader
	spooled *spooled
}

// Close removes it.
func (s *spooled) Close() error { return s.file.Close() }

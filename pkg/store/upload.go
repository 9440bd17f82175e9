package store

import (
	"fmt"
	"io"
	"os"
)

// copyUpload copies an upload, and stops with a [TooLargeError] as soon as there are more than limit bytes.
func copyUpload(w io.Writer, name string, r io.Reader, limit int64) error {
	if _, err := io.Copy(w, io.LimitReader(r, limit)); err != nil {
		return err
	}
	var more [1]byte
	switch _, err := io.ReadFull(r, more[:]); err {
	case io.EOF:
		return nil
	case nil:
		return &TooLargeError{name, limit}
	default:
		return err
	}
}

// spooled is an upload in a temporary file. The file has no name any more: a crash leaves nothing.
type spooled struct {
	file *os.File
	File
}

// spool reads an upload to its end.
func spool(name string, r io.Reader, limit int64) (_ *spooled, err error) {
	f, err := os.CreateTemp("", "smalti-upload-*")
	if err != nil {
		return nil, fmt.Errorf("spooling: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, fmt.Errorf("spooling: %w", err)
	}
	sum := newSummer()
	if err := copyUpload(io.MultiWriter(f, &sum), name, r, limit); err != nil {
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

// Close removes the file.
func (s *spooled) Close() error { return s.file.Close() }

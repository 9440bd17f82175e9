package tree

import (
	"fmt"
	"io"
	"os"

	"smalti/pkg/store"
)

// CopyUpload copies an upload, and stops with a [store.TooLargeError] as soon as there are more than limit bytes.
func CopyUpload(w io.Writer, name string, r io.Reader, limit int64) error {
	if _, err := io.Copy(w, io.LimitReader(r, limit)); err != nil {
		return err
	}
	var more [1]byte
	switch _, err := io.ReadFull(r, more[:]); err {
	case io.EOF:
		return nil
	case nil:
		return &store.TooLargeError{Name: name, Max: limit}
	default:
		return err
	}
}

// Spooled is an upload in a temporary file. The file has no name any more: a crash leaves nothing.
type Spooled struct {
	file *os.File
	store.File
}

// Spool reads an upload to its end.
func Spool(name string, r io.Reader, limit int64) (_ *Spooled, err error) {
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
	sum := NewSummer()
	if err := CopyUpload(io.MultiWriter(f, &sum), name, r, limit); err != nil {
		return nil, err
	}
	return &Spooled{f, sum.File(name)}, nil
}

// Copy writes it, and may be called again, and by several goroutines at once.
func (s *Spooled) Copy(w io.Writer) error {
	_, err := io.Copy(w, io.NewSectionReader(s.file, 0, s.Bytes))
	return err
}

// Reader reads it from the beginning.
func (s *Spooled) Reader() io.Reader {
	return &SpooledReader{io.NewSectionReader(s.file, 0, s.Bytes), s}
}

// SpooledReader need not be Spooled again.
type SpooledReader struct {
	io.Reader
	Spooled *Spooled
}

// Close removes the file.
func (s *Spooled) Close() error { return s.file.Close() }

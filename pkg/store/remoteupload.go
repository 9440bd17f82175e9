package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"smalti/pkg/pause"
)

const (
	tidyTime    = 10 * time.Second // for removing what a failed upload left
	uploadTries = 3
)

// PutUpload is as in [Store]. The photo is read into a temporary file first, so that a slow browser takes no
// session.
func (r *Remote) PutUpload(ctx context.Context, id, name string, from io.Reader, limit int64) error {
	if err := checkUpload(id, name); err != nil {
		return err
	}
	if again, ok := from.(*spooledReader); ok {
		return r.putUpload(ctx, id, name, again.spooled)
	}
	spooled, err := spool(name, from, limit)
	if err != nil {
		return fmt.Errorf("keeping upload %s: %w", path.Join(id, name), err)
	}
	defer spooled.Close()
	return r.putUpload(ctx, id, name, spooled)
}

func (r *Remote) putUpload(ctx context.Context, id, name string, u *spooled) (err error) {
	if err := r.tree.makeDir(ctx, uploadPath(id)); err != nil {
		return err
	}
	for try := range uploadTries {
		if err = r.tryUpload(ctx, id, name, u); err == nil || !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrBusy) {
			return err
		}
		if !pause.About(ctx, resumePause<<try) {
			return err
		}
	}
	return err
}

func (r *Remote) tryUpload(ctx context.Context, id, name string, u *spooled) error {
	part := uploadPath(id) + "/" + partName(name)
	err := r.do(ctx, "keeping upload "+path.Join(id, name), func(s *session) error {
		stored, err := s.store(part, 0, u.writeTo)
		if err != nil {
			return err
		}
		if stored != u.Bytes {
			return &tornError{stored, u.Bytes}
		}
		if got, err := s.sum(part, u.Bytes); err != nil {
			return err
		} else if got != "" && got != u.SHA256 {
			return errOtherBytes
		}
		return s.replace(part, uploadPath(id)+"/"+name)
	})
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
		defer cancel()
		// A part is never read, and removed when it is old.
		_ = r.do(withoutWait(ctx), "removing "+part, func(s *session) error { return s.ftp.Delete(s.path(part)) })
	}
	return err
}

// replace renames a file. Some servers do not rename over another file, so that one is removed first.
func (s *session) replace(from, to string) error {
	err := s.ftp.Delete(s.path(to))
	if err != nil && protocolCode(err) == 0 {
		return err
	}
	return s.ftp.Rename(s.path(from), s.path(to))
}

package ftpstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"smalti/pkg/pause"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

const (
	tidyTime    = 10 * time.Second // for removing what a failed upload left
	uploadTries = 3
)

// PutUpload is as in [store.Store]. The photo is read into a temporary file first, so that a slow browser takes no
// session.
func (r *Store) PutUpload(ctx context.Context, id, name string, from io.Reader, limit int64) error {
	if err := tree.CheckUpload(id, name); err != nil {
		return err
	}
	if again, ok := from.(*tree.SpooledReader); ok {
		return r.putUpload(ctx, id, name, again.Spooled)
	}
	spooled, err := tree.Spool(name, from, limit)
	if err != nil {
		return fmt.Errorf("keeping upload %s: %w", path.Join(id, name), err)
	}
	defer spooled.Close()
	return r.putUpload(ctx, id, name, spooled)
}

func (r *Store) putUpload(ctx context.Context, id, name string, u *tree.Spooled) (err error) {
	if err := r.tree.MakeDir(ctx, tree.UploadPath(id)); err != nil {
		return err
	}
	for try := range uploadTries {
		if err = r.tryUpload(ctx, id, name, u); err == nil || !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrBusy) {
			return err
		}
		if !pause.About(ctx, resumePause<<try) {
			return err
		}
	}
	return err
}

func (r *Store) tryUpload(ctx context.Context, id, name string, u *tree.Spooled) error {
	part := tree.UploadPath(id) + "/" + tree.PartName(name)
	err := r.do(ctx, "keeping upload "+path.Join(id, name), func(s *session) error {
		stored, err := s.store(part, 0, u.Copy)
		if err != nil {
			return err
		}
		if stored != u.Bytes {
			return &tree.TornError{Stored: stored, Sent: u.Bytes}
		}
		if got, err := s.sum(part, u.Bytes); err != nil {
			return err
		} else if got != "" && got != u.SHA256 {
			return tree.ErrOtherBytes
		}
		return s.replace(part, tree.UploadPath(id)+"/"+name)
	})
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
		defer cancel()
		// A part is never read, and removed when it is old.
		_ = r.do(tree.WithoutWait(ctx), "removing "+part, func(s *session) error { return s.ftp.Delete(s.path(part)) })
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

package store

import (
	"context"
	"crypto/sha256"
	"io"
	"path"
	"time"
)

const tidyTime = 10 * time.Second // for removing the rest of an upload that did not work

// PutUpload keeps a photo that somebody gave for the mosaic id. It appears whole or not at all, and
// replaces an earlier one of that name. The error is a [TooLarge] when r has more than limit bytes.
func (r *Remote) PutUpload(ctx context.Context, id, name string, from io.Reader, limit int64) error {
	if err := checkUpload(id, name); err != nil {
		return err
	}
	if err := r.tree.makeDir(ctx, uploadPath(id)); err != nil {
		return err
	}
	part := uploadPath(id) + "/" + partName(name)
	var copied int64
	sum := summer{hash: sha256.New()}
	fill := copyUpload(name, from, limit, &copied)
	err := r.do(ctx, "keeping upload "+path.Join(id, name), func(s *session) error {
		stored, err := s.store(part, 0, func(w io.Writer) error { return fill(io.MultiWriter(w, &sum)) })
		if err != nil {
			return err
		}
		if stored != copied {
			return &tornError{stored, copied}
		}
		if got, err := s.sum(part, copied); err != nil {
			return err
		} else if got != "" && got != sum.file(name).SHA256 {
			return errOtherBytes
		}
		return s.replace(part, uploadPath(id)+"/"+name)
	})
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
		defer cancel()
		// Best effort: a part is never read, and is swept up by age.
		_ = r.do(ctx, "removing "+part, func(s *session) error { return s.ftp.Delete(s.path(part)) })
	}
	return err
}

// replace renames a file. Not every server renames over another file, so that one goes first.
func (s *session) replace(from, to string) error {
	err := s.ftp.Delete(s.path(to))
	if err != nil && protocolCode(err) == 0 {
		return err
	}
	return s.ftp.Rename(s.path(from), s.path(to))
}

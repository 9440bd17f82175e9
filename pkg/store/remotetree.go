package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/jlaffaye/ftp"
)

const statusInsufficientStorage = 452 // RFC 959; the client has no name for it

const removeTries = 3

// remoteTree is the tree behind an FTP server.
type remoteTree struct{ r *Remote }

// absent adds ErrNotFound to a reply that says that a file cannot be had. A 450 is none: the file is
// busy, and may be had later (RFC 959, section 4.2.1).
func absent(err error) error {
	if protocolCode(err) == ftp.StatusFileUnavailable {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

func (t remoteTree) open(ctx context.Context, name string) (io.ReadCloser, error) {
	doing := "reading " + name
	s, err := t.r.lend(ctx)
	if err != nil {
		return nil, t.r.explain(ctx, doing, err)
	}
	d := &download{r: t.r, ctx: ctx, doing: doing, session: s, release: s.use(ctx)}
	if d.body, err = s.ftp.Retr(s.path(name)); err != nil {
		d.release()
		t.r.giveBack(s, err)
		return nil, t.r.explain(ctx, doing, absent(err))
	}
	return d, nil
}

func (t remoteTree) write(ctx context.Context, name string, fill func(io.Writer) error) (int64, error) {
	u := &resumable{remote: t.r, name: name, fill: fill}
	return u.upload(ctx)
}

func (t remoteTree) size(ctx context.Context, name string) (n int64, err error) {
	err = t.r.do(ctx, "asking for the size of "+name, func(s *session) error {
		n, err = s.ftp.FileSize(s.path(name))
		return absent(err)
	})
	return n, err
}

func (t remoteTree) list(ctx context.Context, name string) (names []string, err error) {
	err = t.r.do(ctx, "listing "+name, func(s *session) error {
		names, err = s.list(s.path(name))
		return err
	})
	return names, err
}

// list takes a 450 or 550 for nothing to list: some servers answer so then.
func (s *session) list(dir string) ([]string, error) {
	names, err := s.ftp.NameList(dir)
	switch protocolCode(err) {
	case ftp.StatusFileActionIgnored, ftp.StatusFileUnavailable:
	default:
		if err != nil {
			return nil, err
		}
	}
	for i, n := range names {
		names[i] = path.Base(n) // Pure-FTPd names all of the path
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "." || n == ".." }), nil
}

func (t remoteTree) makeDir(ctx context.Context, name string) error {
	return t.r.do(ctx, "making directory "+name, func(s *session) error { return s.makeDir(s.path(name)) })
}

// makeDir makes the directories above it, too; but not the store's own in place of one that is gone.
func (s *session) makeDir(dir string) error {
	if dir != s.base {
		return s.makeDirs(dir)
	}
	there, err := s.hasDir(dir)
	switch {
	case err != nil:
		return err
	case there:
		s.remote.seen.Store(true)
		return nil
	case s.remote.existing || s.remote.seen.Load():
		return errNoBase
	}
	return s.makeDirs(dir)
}

var errNoBase = fmt.Errorf("%w: its directory is not there", ErrUnavailable)

func (s *session) makeDirs(dir string) error {
	err := s.ftp.MakeDir(dir)
	if protocolCode(err) == 0 {
		return err
	}
	if there, err := s.hasDir(dir); there || err != nil {
		return err
	}
	parent := path.Dir(dir)
	if parent == dir {
		return err
	}
	if err := s.makeDir(parent); err != nil {
		return err
	}
	if err = s.ftp.MakeDir(dir); protocolCode(err) == 0 {
		return err
	}
	// Somebody else may have made it between these lines.
	if there, lookErr := s.hasDir(dir); there || lookErr != nil {
		return lookErr
	}
	return err
}

func (t remoteTree) hasDir(ctx context.Context, name string) (there bool, err error) {
	err = t.r.do(ctx, "looking for directory "+name, func(s *session) error {
		there, err = s.hasDir(s.path(name))
		return err
	})
	return there, err
}

// hasDir goes there to see. It does not stay: some servers remove no directory that somebody is in.
func (s *session) hasDir(dir string) (bool, error) {
	err := s.ftp.ChangeDir(dir)
	if protocolCode(err) == ftp.StatusFileUnavailable {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := s.ftp.ChangeDir(s.base); protocolCode(err) == 0 {
		return true, err
	}
	return true, nil
}

// rename makes the directory above the new name only where there is none, which is once in a store's
// life.
func (t remoteTree) rename(ctx context.Context, from, to string) error {
	return t.r.do(ctx, "renaming "+from+" to "+to, func(s *session) error {
		err := s.ftp.Rename(s.path(from), s.path(to))
		if protocolCode(err) == 0 {
			return err
		}
		parent := path.Dir(s.path(to))
		if there, lookErr := s.hasDir(parent); there || lookErr != nil {
			return errors.Join(err, lookErr)
		}
		if err := s.makeDir(parent); err != nil {
			return err
		}
		return s.ftp.Rename(s.path(from), s.path(to))
	})
}

func (t remoteTree) removeDir(ctx context.Context, name string) error {
	return t.r.do(ctx, "removing directory "+name, func(s *session) error {
		dir := s.path(name)
		err := s.ftp.RemoveDir(dir)
		if protocolCode(err) == 0 {
			return err
		}
		if there, err := s.hasDir(dir); !there || err != nil {
			return err
		}
		// The server may still be beginning a file for a connection that was cut.
		for range removeTries {
			names, listErr := s.list(dir)
			if listErr != nil {
				return listErr
			}
			for _, n := range names {
				if err := s.ftp.Delete(path.Join(dir, n)); err != nil && !refused(err) {
					return err
				}
			}
			if err = s.ftp.RemoveDir(dir); !refused(err) {
				return err
			}
		}
		return err
	})
}

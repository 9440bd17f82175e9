package ftpstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/jlaffaye/ftp"

	"smalti/pkg/store"
)

const statusInsufficientStorage = 452 // RFC 959; the client has no name for it

const removeTries = 3

// remoteTree is the tree behind an FTP server.
type remoteTree struct{ r *Store }

func (t remoteTree) Open(ctx context.Context, name string) (io.ReadCloser, error) {
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

func (t remoteTree) Write(ctx context.Context, name string, fill func(io.Writer) error) (int64, error) {
	u := &resumable{remote: t.r, name: name, fill: fill}
	return u.upload(ctx)
}

func (t remoteTree) Size(ctx context.Context, name string) (n int64, err error) {
	err = t.r.do(ctx, "asking for the size of "+name, func(s *session) error {
		n, err = s.ftp.FileSize(s.path(name))
		return absent(err)
	})
	return n, err
}

func (t remoteTree) List(ctx context.Context, name string) (names []string, err error) {
	err = t.r.do(ctx, "listing "+name, func(s *session) error {
		names, err = s.list(s.path(name))
		return err
	})
	return names, err
}

// list takes a 450 or 550 for an empty list: some servers reply so.
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
		names[i] = path.Base(n) // Pure-FTPd lists whole paths
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "." || n == ".." }), nil
}

func (t remoteTree) MakeDir(ctx context.Context, name string) error {
	return t.r.do(ctx, "making directory "+name, func(s *session) error { return s.makeDir(s.path(name)) })
}

// makeDir makes the directories above it, too; but it never replaces a store's own directory that is gone.
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

var errNoBase = fmt.Errorf("%w: its directory does not exist", store.ErrUnavailable)

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
	// Another client may have made it meanwhile.
	if there, dirErr := s.hasDir(dir); there || dirErr != nil {
		return dirErr
	}
	return err
}

func (t remoteTree) HasDir(ctx context.Context, name string) (there bool, err error) {
	err = t.r.do(ctx, "looking for directory "+name, func(s *session) error {
		there, err = s.hasDir(s.path(name))
		return err
	})
	return there, err
}

// hasDir changes to the directory and back: some servers do not remove one that a client is in.
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

// rename makes the directory above the new name if it fails for want of it, which is once in a store's life.
func (t remoteTree) Rename(ctx context.Context, from, to string) error {
	return t.r.do(ctx, "renaming "+from+" to "+to, func(s *session) error {
		err := s.ftp.Rename(s.path(from), s.path(to))
		if protocolCode(err) == 0 {
			return err
		}
		parent := path.Dir(s.path(to))
		if there, dirErr := s.hasDir(parent); there || dirErr != nil {
			return errors.Join(err, dirErr)
		}
		if err := s.makeDir(parent); err != nil {
			return err
		}
		return s.ftp.Rename(s.path(from), s.path(to))
	})
}

func (t remoteTree) RemoveDir(ctx context.Context, name string) error {
	return t.r.do(ctx, "removing directory "+name, func(s *session) error {
		dir := s.path(name)
		err := s.ftp.RemoveDir(dir)
		if protocolCode(err) == 0 {
			return err
		}
		if there, err := s.hasDir(dir); !there || err != nil {
			return err
		}
		// The server may still create a file for a connection that was cut.
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

// download is a file being read. It has a session of its own until it is closed or read to its end.
type download struct {
	r       *Store
	ctx     context.Context
	doing   string
	session *session
	release func()
	body    *ftp.Response
	ended   error // what every further Read returns
}

func (d *download) Read(p []byte) (int, error) {
	if d.ended != nil {
		return 0, d.ended
	}
	n, err := d.body.Read(p)
	if err == nil {
		return n, nil
	}
	d.ended = err
	if errors.Is(err, io.EOF) {
		// Whether this is the end of the file or of the server, its reply tells.
		if err := d.body.Close(); err != nil {
			d.ended = d.r.explain(d.ctx, d.doing, errors.Join(io.ErrUnexpectedEOF, err))
			d.session.cut()
		}
	} else {
		d.ended = d.r.explain(d.ctx, d.doing, err)
		d.session.cut()
	}
	d.release()
	d.r.giveBack(d.session, nil)
	return n, d.ended
}

// Close cuts the connection unless the file was read to its end.
func (d *download) Close() error {
	if d.ended == nil {
		d.ended = fmt.Errorf("%s: read after close", d.doing)
		d.session.cut()
		_ = d.body.Close()
		d.release()
		d.r.giveBack(d.session, nil)
	}
	return nil
}

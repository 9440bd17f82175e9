package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	ftpserver "goftp.io/server/v2"

	"smalti/pkg/throttle"
)

// driver answers the FTP server's questions about files. It also says who may log in.
type driver struct {
	ctx            context.Context // ends with the server
	dir            *Dir
	user, password [sha256.Size]byte // hashes, so that comparing takes the same time for any length
	maxFile        int64
	partials       partials
	sums           sums
	usage          *usage
	guesses        throttle.Guesses
}

var errForbidden = errors.New("not allowed here")

// CheckPasswd makes the driver an Auth. How long it takes tells nothing about how much of a password
// is right.
func (d *driver) CheckPasswd(ctx *ftpserver.Context, user, password string) (bool, error) {
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	ok := subtle.ConstantTimeCompare(u[:], d.user[:])&subtle.ConstantTimeCompare(p[:], d.password[:]) == 1
	c := controlOf(ctx.Sess)
	if !ok {
		c.server.refused(Login, c.host)
		select {
		case <-time.After(d.guesses.Wrong(c.client, time.Now())):
		case <-d.ctx.Done():
		}
	}
	if ok && !c.server.listener.logIn(c) {
		c.server.refused(Sessions, c.host)
		_, _ = io.WriteString(c, "421 There are too many sessions; please try again later.\r\n")
		c.cut()
		return false, nil
	}
	c.passed(ok)
	return ok, nil
}

// Stat describes a file or directory.
func (d *driver) Stat(_ *ftpserver.Context, p string) (os.FileInfo, error) {
	at, err := parseServerPath(p)
	if err != nil {
		return nil, err
	}
	return d.dir.root.Stat(at.rel)
}

// ListDir shows what has a place in a store, and nothing else.
func (d *driver) ListDir(_ *ftpserver.Context, p string, show func(os.FileInfo) error) error {
	at, err := parseServerPath(p)
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(d.dir.root.FS(), at.rel)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := parseServerPath(strings.TrimSuffix(p, "/") + "/" + e.Name()); err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		if err := show(info); err != nil {
			return err
		}
	}
	return nil
}

// MakeDir makes a directory for a delivery or for uploads. One that is there already is fine.
func (d *driver) MakeDir(_ *ftpserver.Context, p string) error {
	at, err := parseServerPath(p)
	if err != nil {
		return err
	}
	switch at.kind {
	case areaPath, deliveryPath, uploadDirPath:
		if _, err := d.dir.root.Lstat(at.rel); err != nil && at.kind != areaPath {
			if err := d.usage.take(0, 1); err != nil {
				return err
			}
		}
		return d.dir.tree.makeDir(d.ctx, at.rel)
	}
	return errForbidden
}

// DeleteDir removes an empty directory.
func (d *driver) DeleteDir(_ *ftpserver.Context, p string) error {
	at, err := parseServerPath(p)
	if err != nil {
		return err
	}
	switch at.kind {
	case deliveryPath, mosaicDirPath, uploadDirPath:
		return d.dir.root.Remove(at.rel)
	}
	return errForbidden
}

// DeleteFile removes a file.
func (d *driver) DeleteFile(_ *ftpserver.Context, p string) error {
	at, err := parseServerPath(p)
	if err != nil {
		return err
	}
	if at.name == "" || at.kind == identityFilePath {
		return errForbidden
	}
	d.sums.forget(at.rel)
	return d.dir.root.Remove(at.rel)
}

// Rename publishes a delivery, if its manifest says that it is whole; takes a mosaic back out of
// readers' sight; or gives a finished upload its name. It replaces nothing.
func (d *driver) Rename(_ *ftpserver.Context, from, to string) error {
	src, err := parseServerPath(from)
	if err != nil {
		return err
	}
	dst, err := parseServerPath(to)
	if err != nil {
		return err
	}
	if src.id != dst.id {
		return errForbidden
	}
	if src.kind == deliveryPath && dst.kind == mosaicDirPath {
		// First while others go on, since it may take reading; then again, which takes none.
		if err := d.checkSums(src.rel, src.id); err != nil {
			return fmt.Errorf("the delivery is not whole: %w", err)
		}
	}
	// What is published must not change any more.
	d.partials.quiet(src.rel, func() { err = d.rename(src, dst) })
	return err
}

func (d *driver) rename(src, dst serverPath) error {
	switch {
	case src.kind == deliveryPath && dst.kind == mosaicDirPath:
		if err := d.checkSums(src.rel, src.id); err != nil {
			return fmt.Errorf("the delivery is not whole: %w", err)
		}
		defer d.sums.forget(src.rel)
	case src.kind == mosaicDirPath && dst.kind == deliveryPath:
	case src.kind == uploadPartPath && dst.kind == uploadFilePath && strings.HasPrefix(src.name, dst.name+"."):
	default:
		return errForbidden
	}
	if _, err := d.dir.root.Lstat(dst.rel); err == nil {
		return fs.ErrExist
	}
	return d.dir.tree.rename(d.ctx, src.rel, dst.rel)
}

// GetFile opens a file for reading from a byte on.
func (d *driver) GetFile(_ *ftpserver.Context, p string, offset int64) (int64, io.ReadCloser, error) {
	at, err := parseServerPath(p)
	if err != nil {
		return 0, nil, err
	}
	if at.name == "" {
		return 0, nil, errForbidden
	}
	f, err := openRegular(d.dir.root, at.rel)
	if err != nil {
		return 0, nil, err
	}
	info, err := f.Stat()
	if err == nil && offset > info.Size() {
		err = errPastEnd
	}
	if err == nil {
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return 0, nil, err
	}
	return info.Size(), f, nil
}

// PutFile is for the library's own transfers, of which there are none.
func (d *driver) PutFile(*ftpserver.Context, string, io.Reader, int64) (int64, error) {
	return 0, errForbidden
}

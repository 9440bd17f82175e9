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

	ftpserver "goftp.io/server/v2"
)

// driver answers the FTP server's questions about files. It also says who may log in.
type driver struct {
	ctx            context.Context // ends with the server
	dir            *Dir
	user, password [sha256.Size]byte // hashes, so that comparing takes the same time for any length
	maxFile        int64
}

var errForbidden = errors.New("not allowed here")

// CheckPasswd makes the driver an Auth.
func (d *driver) CheckPasswd(ctx *ftpserver.Context, user, password string) (bool, error) {
	u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	ok := subtle.ConstantTimeCompare(u[:], d.user[:])&subtle.ConstantTimeCompare(p[:], d.password[:]) == 1
	controlOf(ctx.Sess).loggedIn(ok)
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
	if at.name == "" {
		return errForbidden
	}
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
	switch {
	case src.kind == deliveryPath && dst.kind == mosaicDirPath:
		if _, err := manifestIn(d.ctx, d.dir.tree, src.rel, src.id); err != nil {
			return fmt.Errorf("the delivery is not whole: %w", err)
		}
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

// GetFile opens a file for reading.
func (d *driver) GetFile(_ *ftpserver.Context, p string, offset int64) (int64, io.ReadCloser, error) {
	at, err := parseServerPath(p)
	if err != nil {
		return 0, nil, err
	}
	if at.name == "" || offset > 0 {
		return 0, nil, errForbidden
	}
	f, err := openRegular(d.dir.root, at.rel)
	if err != nil {
		return 0, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return 0, nil, err
	}
	return info.Size(), f, nil
}

// PutFile keeps an upload, whole and on the disk, or not at all.
func (d *driver) PutFile(_ *ftpserver.Context, p string, data io.Reader, offset int64) (int64, error) {
	at, err := parseServerPath(p)
	if err != nil {
		return 0, err
	}
	if !at.uploadable() || offset > 0 {
		return 0, errForbidden
	}
	return d.dir.tree.write(d.ctx, at.rel, func(w io.Writer) error {
		n, err := io.Copy(w, io.LimitReader(data, d.maxFile+1))
		if err == nil && n > d.maxFile {
			err = &TooLarge{at.name, d.maxFile}
		}
		return err
	})
}

// uploadable reports whether a client may write there. A finished mosaic is only ever renamed into
// place.
func (p serverPath) uploadable() bool {
	switch p.kind {
	case deliveredPath, uploadFilePath, uploadPartPath:
		return true
	}
	return false
}

// Package ftpview serves a store in a local directory by FTP. Clients see no more of it than a store consists
// of, and cannot do in it what would break its promise.
package ftpview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"smalti/pkg/ftpserver"
	"smalti/pkg/store/dirstore"
	"smalti/pkg/store/internal/disk"
)

// Serve serves a store by FTP. It gives the store an identity if need be, which clients cannot.
func Serve(dir *dirstore.Store, l Limits, c ftpserver.Config) (*ftpserver.Server, error) {
	if l.FileBytes < 0 || l.Bytes < 0 || l.Files < 0 || l.MosaicBytes < 0 {
		return nil, errors.New("a limit of the store is negative")
	}
	if l.FileBytes == 0 {
		l.FileBytes = 4 << 30
	}
	if _, err := dir.Identities(context.Background()); err != nil {
		return nil, err
	}
	return ftpserver.Start(&fileSystem{
		dir: dir, files: dir.Disk(), limits: l, usage: &usage{limits: l, root: dir.Disk().Root},
		partials: partials{open: map[string]*partial{}}, sums: sums{of: map[string]*fileSum{}},
	}, c)
}

// Limits bound what [Serve] takes from clients. A zero Files, Bytes or MosaicBytes sets no
// limit.
type Limits struct {
	FileBytes   int64 // in one file; 0: 4 GiB
	MosaicBytes int64 // in the directory of one mosaic, or of its uploads
	Bytes       int64 // in the whole store
	Files       int   // in the whole store, directories included
}

// fileSystem is a [dirstore.Store] as the clients of an [ftpserver.Server] see it. An upload to uploads appears
// whole or not at all. One under incoming that broke off stays there, so that APPE or REST can resume it.
// A delivery can be renamed into mosaics only with a manifest whose sizes and hashes match, and never
// over another one. No path leads out of the store. It is safe for concurrent use.
type fileSystem struct {
	dir      *dirstore.Store
	files    disk.Tree
	limits   Limits
	partials partials
	sums     sums
	usage    *usage
}

// place parses a path of a client. The error is an [fs.ErrPermission] unless it has one of the kinds; none
// are all.
func place(name string, kinds ...pathKind) (clientPath, error) {
	at, err := parseClientPath(name)
	if err == nil && len(kinds) > 0 && !slices.Contains(kinds, at.kind) {
		err = fmt.Errorf("not here: %w", fs.ErrPermission)
	}
	return at, err
}

// removable are the files that clients may remove.
var removable = []pathKind{deliveredPath, mosaicFilePath, uploadFilePath, uploadPartPath}

// readable are the files that clients may read.
var readable = append(slices.Clone(removable), identityFilePath)

// Ping reports whether the store is there.
func (f *fileSystem) Ping(ctx context.Context) error { return f.dir.Ping(ctx) }

// Stat describes a file or directory.
func (f *fileSystem) Stat(_ context.Context, name string) (fs.FileInfo, error) {
	at, err := parseClientPath(name)
	if err != nil {
		return nil, err
	}
	return f.files.Root.Stat(at.rel)
}

// ReadDir lists what belongs into a store, and nothing else.
func (f *fileSystem) ReadDir(_ context.Context, name string) (infos []fs.FileInfo, err error) {
	at, err := parseClientPath(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(f.files.Root.FS(), at.rel)
	for _, e := range entries {
		if _, err := parseClientPath(strings.TrimSuffix(name, "/") + "/" + e.Name()); err != nil {
			continue
		}
		if info, err := e.Info(); err == nil { // or it was removed meanwhile
			infos = append(infos, info)
		}
	}
	return infos, err
}

// Open reads a file from offset on.
func (f *fileSystem) Open(_ context.Context, name string, offset int64) (io.ReadCloser, error) {
	at, err := place(name, readable...)
	if err != nil {
		return nil, err
	}
	file, err := disk.OpenRegular(f.files.Root, at.rel)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && offset > info.Size() {
		err = ftpserver.ErrPastEnd
	}
	if err == nil {
		_, err = file.Seek(offset, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// Mkdir makes a directory for a delivery or for uploads. One that exists is fine.
func (f *fileSystem) Mkdir(ctx context.Context, name string) error {
	at, err := place(name, areaPath, deliveryPath, uploadDirPath)
	if err != nil {
		return err
	}
	if _, err := f.files.Root.Lstat(at.rel); err != nil && at.kind != areaPath {
		if err := f.usage.take(0, 1); err != nil {
			return err
		}
	}
	return f.files.MakeDir(ctx, at.rel)
}

// RemoveDir removes an empty directory.
func (f *fileSystem) RemoveDir(_ context.Context, name string) error {
	at, err := place(name, deliveryPath, mosaicDirPath, uploadDirPath)
	if err != nil {
		return err
	}
	return f.files.Root.Remove(at.rel)
}

// RemoveFile removes a file.
func (f *fileSystem) RemoveFile(_ context.Context, name string) error {
	at, err := place(name, removable...)
	if err != nil {
		return err
	}
	f.sums.forget(at.rel)
	return f.files.Root.Remove(at.rel)
}

// Rename publishes a delivery if it is as its manifest says, hides a mosaic from readers, or gives a
// finished upload its name. It replaces nothing.
func (f *fileSystem) Rename(ctx context.Context, from, to string) error {
	src, err := place(from)
	if err != nil {
		return err
	}
	dst, err := place(to)
	if err != nil {
		return err
	}
	publish := src.kind == deliveryPath && dst.kind == mosaicDirPath
	hide := src.kind == mosaicDirPath && dst.kind == deliveryPath
	name := src.kind == uploadPartPath && dst.kind == uploadFilePath && strings.HasPrefix(src.name, dst.name+".")
	if src.id != dst.id || !publish && !hide && !name {
		return fmt.Errorf("not from there to here: %w", fs.ErrPermission)
	}
	if publish {
		// First while others continue, since it may have to read the files; the second time needs no reading.
		if err := f.checkSums(ctx, src.rel, src.id); err != nil {
			return err
		}
	}
	// What is published must not change any more.
	f.partials.quiet(src.rel, func() {
		if publish {
			if err = f.checkSums(ctx, src.rel, src.id); err != nil {
				return
			}
			defer f.sums.forget(src.rel)
		}
		if _, statErr := f.files.Root.Lstat(dst.rel); statErr == nil {
			err = fs.ErrExist
			return
		}
		err = f.files.Rename(ctx, src.rel, dst.rel)
	})
	return err
}

package ftpview

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"smalti/pkg/ftpserver"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/disk"
)

var (
	errNoUpload = errors.New("files go to incoming/<id>.<token>/ or uploads/<id>/, with names that are allowed there")
	errWhole    = errors.New("only a file in incoming/<id>.<token>/ is resumed; others are uploaded whole")
	errNoFile   = errors.New("something other than a file is there")
)

// Create lets a client upload a file, or resume one that belongs to a delivery. A finished mosaic takes
// no files: it is only ever renamed into place.
func (f *fileSystem) Create(ctx context.Context, name string, offset int64) (func(io.Reader, func()) error, error) {
	at, err := parseClientPath(name)
	if err != nil {
		return nil, errNoUpload
	}
	switch {
	case at.kind == deliveredPath:
		return func(data io.Reader, cut func()) error { return f.receive(ctx, at, data, offset, cut) }, nil
	case at.kind != uploadFilePath && at.kind != uploadPartPath:
		return nil, errNoUpload
	case offset != 0:
		return nil, errWhole
	}
	return func(data io.Reader, _ func()) error { return f.receiveWhole(ctx, at, data) }, nil
}

// receiveWhole keeps an upload whole, or not at all.
func (f *fileSystem) receiveWhole(ctx context.Context, at clientPath, data io.Reader) error {
	room, added, err := f.room(at.rel)
	if err != nil {
		return err
	}
	if err := f.usage.take(0, added); err != nil {
		return err
	}
	_, err = f.files.Write(ctx, at.rel, func(w io.Writer) error {
		return f.copyCapped(metered{f.usage, w}, data, at.name, 0, room)
	})
	return err
}

// receive writes an upload to its place in a delivery, from an offset on. What a broken connection leaves
// stays there: readers see no delivery that is not published, and publishing compares the hashes.
func (f *fileSystem) receive(ctx context.Context, at clientPath, data io.Reader, from int64, cut func()) (err error) {
	defer f.partials.begin(at.rel, cut)()
	room, added, err := f.room(at.rel)
	if err != nil {
		return err
	}
	if err := f.usage.take(0, added); err != nil {
		return err
	}
	file, from, err := f.openPartial(at.rel, from)
	if err != nil {
		return disk.Explain(err)
	}
	sum := f.sums.begin(at.rel, from)
	defer func() {
		info, statErr := file.Stat()
		if statErr == nil && sum != nil {
			f.sums.keep(at.rel, sum, info)
		}
		err = disk.Explain(errors.Join(err, file.Sync(), file.Close()))
		if errors.Is(err, store.ErrFull) || errors.Is(err, ftpserver.ErrTooLarge) {
			_ = f.files.Root.Remove(at.rel) // nobody will resume it, and the room is needed
		}
	}()
	var w io.Writer = metered{f.usage, &disk.SyncWriter{Ctx: ctx, File: file}}
	if sum != nil {
		w = io.MultiWriter(w, sum)
	}
	return f.copyCapped(w, data, at.name, from, room)
}

// openPartial opens a file for writing from an offset on, and cuts it off there.
func (f *fileSystem) openPartial(rel string, from int64) (*os.File, int64, error) {
	info, err := f.files.Root.Lstat(rel)
	there := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, 0, err
	case there && !info.Mode().IsRegular():
		return nil, 0, errNoFile
	case from == ftpserver.AtEnd && there:
		from = info.Size()
	case from == ftpserver.AtEnd:
		from = 0
	case from > 0 && (!there || from > info.Size()):
		return nil, 0, ftpserver.ErrPastEnd
	}
	file, err := f.files.Root.OpenFile(rel, os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, 0, err
	}
	if err = file.Truncate(from); err == nil {
		_, err = file.Seek(from, io.SeekStart)
	}
	if err == nil && !there {
		err = f.files.Sync(path.Dir(rel))
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, from, nil
}

// copyCapped copies what follows the first from bytes of a file, which may have as many as room.
func (f *fileSystem) copyCapped(w io.Writer, data io.Reader, name string, from, room int64) error {
	left := max(room-from, 0)
	n, err := io.Copy(w, io.LimitReader(data, left+1))
	if err != nil || n <= left {
		return err
	}
	if room < f.limits.FileBytes {
		return errDirFull
	}
	return &store.TooLargeError{Name: name, Max: f.limits.FileBytes}
}

// partials are the files under incoming that are being uploaded, by their paths. Each is written by one
// connection at a time: a client that comes to resume a file has lost its earlier connection, which may
// hang here for long and still have something to write.
type partials struct {
	mu   sync.Mutex
	open map[string]*partial
}

type partial struct {
	cut   func()
	ended chan struct{}
}

// begin cuts the connection that writes to path, if any, and takes its place until end is called.
func (p *partials) begin(path string, cut func()) (end func()) {
	mine := &partial{cut, make(chan struct{})}
	p.quiet(path, func() { p.open[path] = mine })
	return func() {
		p.mu.Lock()
		delete(p.open, path)
		p.mu.Unlock()
		close(mine.ended)
	}
}

// quiet cuts the connections that write to path or below it, and runs f while there are none.
func (p *partials) quiet(path string, f func()) {
	for {
		p.mu.Lock()
		other := p.at(path)
		if other == nil {
			defer p.mu.Unlock()
			f()
			return
		}
		p.mu.Unlock()
		other.cut()
		<-other.ended
	}
}

func (p *partials) at(path string) *partial {
	for where, open := range p.open {
		if where == path || strings.HasPrefix(where, path+"/") {
			return open
		}
	}
	return nil
}

package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"strconv"

	ftpserver "goftp.io/server/v2"
)

const atEnd = -1 // where APPE goes on

var errPastEnd = errors.New("there is less of the file than that")

// rest notes where the next command shall begin, and only that: RFC 3659, section 5.3.
func (c *control) rest(s *ftpserver.Session, param string) {
	n, err := strconv.ParseInt(param, 10, 64)
	if err != nil || n < 0 {
		s.WriteMessage(501, "REST takes a number of bytes.")
		return
	}
	c.restart, c.restLine = n, c.line
	s.WriteMessage(350, fmt.Sprintf("The next transfer begins behind byte %d.", n))
}

func (c *control) restartAt() int64 {
	if c.restLine != c.line-1 {
		return 0
	}
	return c.restart
}

func (c *control) stor(s *ftpserver.Session, param string) { c.upload(s, param, c.restartAt()) }

func (c *control) appe(s *ftpserver.Session, param string) { c.upload(s, param, atEnd) }

func (c *control) upload(s *ftpserver.Session, param string, from int64) {
	at, err := parseServerPath(s.BuildPath(param))
	switch {
	case err != nil || !at.uploadable():
		c.closePassive()
		s.WriteMessage(553, "Files go to incoming/<id>.<token>/ or uploads/<id>/, by names that are allowed there.")
		return
	case from != 0 && at.kind != deliveredPath:
		c.closePassive()
		s.WriteMessage(553, "Only a file in incoming/<id>.<token>/ is gone on with; others are uploaded whole.")
		return
	}
	c.transfer(s, func(conn net.Conn, cut func()) error {
		if at.kind != deliveredPath {
			return c.server.driver.receiveWhole(at, conn)
		}
		return c.server.driver.receive(at, conn, from, cut)
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

// receiveWhole keeps an upload, whole and on the disk, or not at all.
func (d *driver) receiveWhole(at serverPath, data io.Reader) error {
	room, added, err := d.room(at.rel)
	if err != nil {
		return err
	}
	if err := d.usage.take(0, added); err != nil {
		return err
	}
	_, err = d.dir.tree.write(d.ctx, at.rel, func(w io.Writer) error {
		return d.copyCapped(metered{d.usage, w}, data, at.name, 0, room)
	})
	return err
}

// receive writes an upload to its place in a delivery, from a byte of the file on. What a broken
// connection leaves stays there: readers see nothing of a delivery that is not published, and
// publishing asks for the sizes.
func (d *driver) receive(at serverPath, data io.Reader, from int64, cut func()) (err error) {
	defer d.partials.begin(at.rel, cut)()
	room, added, err := d.room(at.rel)
	if err != nil {
		return err
	}
	if err := d.usage.take(0, added); err != nil {
		return err
	}
	f, from, err := d.openPartial(at.rel, from)
	if err != nil {
		return diskError(err)
	}
	sum := d.sums.begin(at.rel, from)
	defer func() {
		info, statErr := f.Stat()
		if statErr == nil && sum != nil {
			d.sums.keep(at.rel, sum, info)
		}
		err = diskError(errors.Join(err, f.Sync(), f.Close()))
		if errors.Is(err, ErrFull) || errors.Is(err, ErrTooLarge) || errors.Is(err, errDirFull) {
			_ = d.dir.root.Remove(at.rel) // nobody will go on with it, and the room is needed
		}
	}()
	var w io.Writer = metered{d.usage, &syncWriter{ctx: d.ctx, file: f}}
	if sum != nil {
		w = summed{w, sum}
	}
	return d.copyCapped(w, data, at.name, from, room)
}

// openPartial opens a file for writing from a byte on, which is where it then ends.
func (d *driver) openPartial(rel string, from int64) (*os.File, int64, error) {
	info, err := d.dir.root.Lstat(rel)
	there := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, 0, err
	case there && !info.Mode().IsRegular():
		return nil, 0, errForbidden
	case from == atEnd && there:
		from = info.Size()
	case from == atEnd:
		from = 0
	case from > 0 && (!there || from > info.Size()):
		return nil, 0, errPastEnd
	}
	f, err := d.dir.root.OpenFile(rel, os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, 0, err
	}
	if err = f.Truncate(from); err == nil {
		_, err = f.Seek(from, io.SeekStart)
	}
	if err == nil && !there {
		err = dirTree{d.dir.root}.sync(path.Dir(rel))
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, from, nil
}

// copyCapped copies what follows the first bytes of a file, as many as from says. The file may have as
// many as room says.
func (d *driver) copyCapped(w io.Writer, data io.Reader, name string, from, room int64) error {
	left := max(room-from, 0)
	n, err := io.Copy(w, io.LimitReader(data, left+1))
	if err != nil || n <= left {
		return err
	}
	if room < d.maxFile {
		return errDirFull
	}
	return &TooLarge{name, d.maxFile}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jlaffaye/ftp"
)

// download is a file being read. It has a session to itself until it is closed, or read to its end.
type download struct {
	r       *Remote
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
	if err == io.EOF {
		// The end of the connection may be the end of the file or of the server: its reply tells.
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

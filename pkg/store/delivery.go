package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	writeBuffer = 256 << 10        // bytes; gathers small writes
	abortTime   = 10 * time.Second // for cleaning up when the caller's context is over
)

// Delivery is one attempt at delivering one mosaic: any number of Puts, then Commit or Abort. Puts may run
// concurrently. There is nothing to close.
type Delivery struct {
	id, dir string
	tree    tree
	report  func(ctx context.Context, err error) // called with the result of each step; may be nil

	mu        sync.Mutex
	files     map[string]File
	committed bool
}

// Deliver is as in [Store].
func (s treeStore) Deliver(ctx context.Context, id, token string) (*Delivery, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	if !validToken(token) {
		return nil, fmt.Errorf("%w: token %q", errName, token)
	}
	switch _, err := s.Manifest(ctx, id); {
	case err == nil:
		return nil, fmt.Errorf("%w: mosaic %s", ErrDelivered, id)
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	return s.begin(ctx, id, token)
}

// begin is Deliver whether or not the mosaic is there.
func (s treeStore) begin(ctx context.Context, id, token string) (*Delivery, error) {
	d := &Delivery{id: id, dir: incomingPath(id, token), tree: s.tree, files: map[string]File{}}
	if err := s.tree.removeDir(ctx, d.dir); err != nil {
		return nil, err
	}
	if err := s.tree.makeDir(ctx, d.dir); err != nil {
		return nil, err
	}
	return d, nil
}

// Put streams what write writes into one file of the store, and checks its size there; its hash too, if
// the store can tell. write runs on the calling goroutine. When the connection to a [Remote] breaks, write
// is called again and the upload resumes where the store has the file: so write must write the same bytes
// each time, and Put fails if it does not. An error of write ends Put. A file may be put again, and must be
// after an error.
func (d *Delivery) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if err := checkName(d.id, name); err != nil {
		return err
	}
	if name == manifestName {
		return fmt.Errorf("%w: Commit writes %s", errName, name)
	}
	d.mu.Lock()
	delete(d.files, name)
	d.mu.Unlock()

	f, err := d.put(ctx, name, write)
	d.tell(ctx, err)
	if err != nil {
		return fmt.Errorf("delivering %s: %w", name, err)
	}
	d.mu.Lock()
	d.files[name] = f
	d.mu.Unlock()
	return nil
}

// copyFrom puts the files of a mosaic that another store has.
func (d *Delivery) copyFrom(ctx context.Context, m *Manifest, open func(context.Context, File) (io.ReadCloser, error)) error {
	for _, f := range m.Files {
		if err := d.Put(ctx, f.Name, func(w io.Writer) error {
			// This Put holds a session of one store already.
			r, err := open(withoutWait(ctx), f)
			if err != nil {
				return err
			}
			return errors.Join(copyListed(w, r, f), r.Close())
		}); err != nil {
			return err
		}
	}
	return nil
}

func (d *Delivery) tell(ctx context.Context, err error) {
	if d.report != nil {
		d.report(ctx, err)
	}
}

// put sends a file, and sends it again if the store has other bytes.
func (d *Delivery) put(ctx context.Context, name string, write func(io.Writer) error) (f File, err error) {
	sum := repeatSummer{summer: newSummer()}
	for range 2 {
		if f, err = d.send(ctx, name, &sum, write); err != nil {
			return File{}, err
		}
		if err = d.tree.check(ctx, d.dir+"/"+name, f); !errors.Is(err, errOtherBytes) {
			break
		}
	}
	return f, err
}

func (d *Delivery) send(ctx context.Context, name string, sum *repeatSummer, write func(io.Writer) error) (File, error) {
	stored, err := d.tree.write(ctx, d.dir+"/"+name, func(w io.Writer) error {
		sum.restart()
		buffered := bufio.NewWriterSize(io.MultiWriter(sum, w), writeBuffer)
		if err := write(buffered); err != nil {
			return err
		}
		if err := buffered.Flush(); err != nil {
			return err
		}
		return sum.end()
	})
	if err != nil {
		return File{}, err
	}
	if stored != sum.bytes {
		return File{}, &tornError{stored, sum.bytes}
	}
	return sum.file(name), nil
}

// Abort removes what was delivered so far, if it can within a moment, even when ctx is over. What stays is
// never shown, and removed when it is old. After a successful Commit it does nothing, so it may be deferred.
func (d *Delivery) Abort(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.committed {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	_ = d.tree.removeDir(ctx, d.dir)
}

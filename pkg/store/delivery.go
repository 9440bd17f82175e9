package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	writeBuffer = 256 << 10        // gathers a composer's small writes
	abortTime   = 10 * time.Second // for cleaning up, whatever became of the caller's context
)

// Delivery is one attempt at delivering one mosaic: any number of Puts, then Commit or Abort. Puts
// may run at the same time. It holds nothing that has to be closed.
type Delivery struct {
	id, dir string
	tree    tree
	report  func(ctx context.Context, err error) // told how each step went; may be nil

	mu        sync.Mutex
	files     map[string]File
	committed bool
}

// Deliver begins to deliver the mosaic id. The token names the attempt: no two attempts at the same
// mosaic may share one. ErrDelivered when the mosaic is there already, whole.
func (s shelf) Deliver(ctx context.Context, id, token string) (*Delivery, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	if !ValidToken(token) {
		return nil, fmt.Errorf("%w: token %q", ErrName, token)
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
func (s shelf) begin(ctx context.Context, id, token string) (*Delivery, error) {
	d := &Delivery{id: id, dir: incomingPath(id, token), tree: s.tree, files: map[string]File{}}
	if err := s.tree.removeDir(ctx, d.dir); err != nil {
		return nil, err
	}
	if err := s.tree.makeDir(ctx, d.dir); err != nil {
		return nil, err
	}
	return d, nil
}

// Put delivers one file: what write writes is streamed into the store, and its size checked there;
// its hash too, where the store can tell.
// write runs on the calling goroutine. When the connection to a [Remote] breaks on the way, write is
// called again, and the upload goes on from where the server has the file: so write must write the
// same bytes each time, and Put fails where it finds that it did not. An error of write's own ends it.
// The file may be put again, and must be after an error.
func (d *Delivery) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if err := checkName(d.id, name); err != nil {
		return err
	}
	if name == manifestName {
		return fmt.Errorf("%w: Commit writes %s", ErrName, name)
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

func (d *Delivery) tell(ctx context.Context, err error) {
	if d.report != nil {
		d.report(ctx, err)
	}
}

// put sends a file, and once more where the store got other bytes of it.
func (d *Delivery) put(ctx context.Context, name string, write func(io.Writer) error) (f File, err error) {
	sum := repeatSummer{summer: summer{hash: sha256.New()}}
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

// Abort removes what was delivered so far, as far as it can; it takes a moment of its own even when
// ctx is over. What it cannot remove is never shown, and swept up by age. After a Commit that
// succeeded it does nothing, so it may be deferred.
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

package tree

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"smalti/pkg/store"
)

const (
	writeBuffer = 256 << 10        // bytes; gathers small writes
	abortTime   = 10 * time.Second // for cleaning up when the caller's context is over
)

// delivery is as in [store.Delivery].
type delivery struct {
	id, dir string
	tree    Tree

	mu        sync.Mutex
	files     map[string]store.File
	committed bool
}

// Deliver is as in [store.Store].
func (s Store) Deliver(ctx context.Context, id, token string) (store.Delivery, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	if !ValidToken(token) {
		return nil, fmt.Errorf("%w: token %q", store.ErrName, token)
	}
	switch _, err := s.Manifest(ctx, id); {
	case err == nil:
		return nil, fmt.Errorf("%w: mosaic %s", store.ErrDelivered, id)
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	return s.Begin(ctx, id, token)
}

// Begin is Deliver whether or not the mosaic is there.
func (s Store) Begin(ctx context.Context, id, token string) (store.Delivery, error) {
	d := &delivery{id: id, dir: incomingPath(id, token), tree: s.tree, files: map[string]store.File{}}
	if err := s.tree.RemoveDir(ctx, d.dir); err != nil {
		return nil, err
	}
	if err := s.tree.MakeDir(ctx, d.dir); err != nil {
		return nil, err
	}
	return d, nil
}

// Put is as in [store.Delivery].
func (d *delivery) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if err := checkName(d.id, name); err != nil {
		return err
	}
	if name == ManifestName {
		return fmt.Errorf("%w: Commit writes %s", store.ErrName, name)
	}
	d.mu.Lock()
	delete(d.files, name)
	d.mu.Unlock()

	f, err := d.put(ctx, name, write)
	if err != nil {
		return fmt.Errorf("delivering %s: %w", name, err)
	}
	d.mu.Lock()
	d.files[name] = f
	d.mu.Unlock()
	return nil
}

// Copy puts the files of a mosaic that another store has.
func Copy(ctx context.Context, d store.Delivery, m *store.Manifest, open func(context.Context, store.File) (io.ReadCloser, error)) error {
	for _, f := range m.Files {
		if err := d.Put(ctx, f.Name, func(w io.Writer) error {
			// This Put holds a session of one store already.
			r, err := open(WithoutWait(ctx), f)
			if err != nil {
				return err
			}
			return errors.Join(CopyListed(w, r, f), r.Close())
		}); err != nil {
			return err
		}
	}
	return nil
}

// put sends a file, and sends it again if the store has other bytes.
func (d *delivery) put(ctx context.Context, name string, write func(io.Writer) error) (f store.File, err error) {
	sum := repeatSummer{Summer: NewSummer()}
	for range 2 {
		if f, err = d.send(ctx, name, &sum, write); err != nil {
			return store.File{}, err
		}
		if err = d.tree.Check(ctx, d.dir+"/"+name, f); !errors.Is(err, ErrOtherBytes) {
			break
		}
	}
	return f, err
}

func (d *delivery) send(ctx context.Context, name string, sum *repeatSummer, write func(io.Writer) error) (store.File, error) {
	stored, err := d.tree.Write(ctx, d.dir+"/"+name, func(w io.Writer) error {
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
		return store.File{}, err
	}
	if stored != sum.Bytes {
		return store.File{}, &TornError{Stored: stored, Sent: sum.Bytes}
	}
	return sum.File(name), nil
}

// Abort is as in [store.Delivery].
func (d *delivery) Abort(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.committed {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	_ = d.tree.RemoveDir(ctx, d.dir)
}

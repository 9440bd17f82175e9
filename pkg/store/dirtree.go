package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"smalti/pkg/atomicfile"
)

// dirTree is the tree in a local directory.
type dirTree struct{ root *root }

func (t dirTree) open(ctx context.Context, path string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := openRegular(t.root, path)
	if err != nil {
		return nil, err // a nil *os.File would be no nil ReadCloser
	}
	return f, nil
}

// write keeps a stronger promise: the file appears whole, synced, or not at all.
func (t dirTree) write(ctx context.Context, name string, fill func(io.Writer) error) (stored int64, err error) {
	err = atomicfile.Write(t.root, name, tempDir+"/"+nonce(), 0o640, func(f *os.File) error {
		if err := fill(&syncWriter{ctx: ctx, file: f}); err != nil {
			return err
		}
		stored, err = f.Seek(0, io.SeekCurrent)
		return err
	})
	return stored, diskError(err)
}

// check does nothing: what was written never left this machine.
func (t dirTree) check(context.Context, string, File) error { return nil }

// syncWriter syncs every [syncEvery] bytes, and stops when its context ends.
type syncWriter struct {
	ctx     context.Context
	file    *os.File
	pending int
}

func (w *syncWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, context.Cause(w.ctx)
	}
	n, err := w.file.Write(p)
	if w.pending += n; err == nil && w.pending >= syncEvery {
		w.pending = 0
		err = w.file.Sync()
	}
	return n, err
}

func (t dirTree) size(ctx context.Context, path string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	info, err := statRegular(t.root, path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (t dirTree) list(ctx context.Context, path string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(t.root.FS(), path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (t dirTree) makeDir(_ context.Context, name string) error {
	if err := t.root.MkdirAll(name, 0o750); err != nil {
		return diskError(err)
	}
	return t.sync(path.Dir(name))
}

func (t dirTree) hasDir(_ context.Context, path string) (bool, error) {
	info, err := t.root.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

// rename relies on rename(2), which replaces no directory but an empty one.
func (t dirTree) rename(_ context.Context, from, to string) error {
	if info, err := t.root.Lstat(to); err == nil && !info.IsDir() {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EEXIST}
	}
	if err := t.root.Rename(from, to); err != nil {
		return diskError(err)
	}
	if err := t.sync(path.Dir(to)); err != nil {
		return err
	}
	return t.sync(path.Dir(from))
}

// removeDir moves the directory away first, so that no reader sees it half removed.
func (t dirTree) removeDir(_ context.Context, path string) error {
	trash := tempDir + "/" + nonce()
	if err := t.root.Rename(path, trash); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return t.root.RemoveAll(trash)
}

func (t dirTree) sync(path string) error { return diskError(atomicfile.SyncDir(t.root, path)) }

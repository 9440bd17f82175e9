// Package disk is the tree of a store in a local directory.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"smalti/pkg/atomicfile"
	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// TempDir holds what is being written or removed. Clients do not see it.
const TempDir = ".tmp"

// syncEvery bounds how much of a file is not on the disk yet, so that a sender is slowed down on the way
// instead of waiting long at the end, which looks like a dead server.
const syncEvery = 32 << 20 // bytes

// Tree is the [tree.Tree] in a local directory.
type Tree struct{ Root *Root }

func (t Tree) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := OpenRegular(t.Root, path)
	if err != nil {
		return nil, err // a nil *os.File would be no nil ReadCloser
	}
	return f, nil
}

// write keeps a stronger promise: the file appears whole, synced, or not at all.
func (t Tree) Write(ctx context.Context, name string, fill func(io.Writer) error) (stored int64, err error) {
	err = atomicfile.Write(t.Root, name, TempDir+"/"+tree.Nonce(), 0o640, func(f *os.File) error {
		if err := fill(&SyncWriter{Ctx: ctx, File: f}); err != nil {
			return err
		}
		stored, err = f.Seek(0, io.SeekCurrent)
		return err
	})
	return stored, Explain(err)
}

// check does nothing: what was written never left this machine.
func (t Tree) Check(context.Context, string, store.File) error { return nil }

// SyncWriter syncs every [syncEvery] bytes, and stops when its context ends.
type SyncWriter struct {
	Ctx     context.Context
	File    *os.File
	pending int
}

func (w *SyncWriter) Write(p []byte) (int, error) {
	if err := w.Ctx.Err(); err != nil {
		return 0, context.Cause(w.Ctx)
	}
	n, err := w.File.Write(p)
	if w.pending += n; err == nil && w.pending >= syncEvery {
		w.pending = 0
		err = w.File.Sync()
	}
	return n, err
}

func (t Tree) Size(ctx context.Context, path string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	info, err := statRegular(t.Root, path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (t Tree) List(ctx context.Context, path string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(t.Root.FS(), path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (t Tree) MakeDir(_ context.Context, name string) error {
	if err := t.Root.MkdirAll(name, 0o750); err != nil {
		return Explain(err)
	}
	return t.Sync(path.Dir(name))
}

func (t Tree) HasDir(_ context.Context, path string) (bool, error) {
	info, err := t.Root.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

// rename relies on rename(2), which replaces no directory but an empty one.
func (t Tree) Rename(_ context.Context, from, to string) error {
	if info, err := t.Root.Lstat(to); err == nil && !info.IsDir() {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EEXIST}
	}
	if err := t.Root.Rename(from, to); err != nil {
		return Explain(err)
	}
	if err := t.Sync(path.Dir(to)); err != nil {
		return err
	}
	return t.Sync(path.Dir(from))
}

// removeDir moves the directory away first, so that no reader sees it half removed.
func (t Tree) RemoveDir(_ context.Context, path string) error {
	trash := TempDir + "/" + tree.Nonce()
	if err := t.Root.Rename(path, trash); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return t.Root.RemoveAll(trash)
}

// Sync writes a directory to the disk.
func (t Tree) Sync(path string) error { return Explain(atomicfile.SyncDir(t.Root, path)) }

// statRegular describes a regular file.
func statRegular(root opener, path string) (fs.FileInfo, error) {
	info, err := root.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a file", store.ErrNotFound, path)
	}
	return info, nil
}

// OpenRegular opens a regular file. It does not wait for the other end of a named pipe, and then refuses it.
func OpenRegular(root *Root, path string) (*os.File, error) { return openRegular(root, path) }

// opener is a [Root] or an [os.Root].
type opener interface {
	OpenFile(name string, flag int, perm os.FileMode) (*os.File, error)
	Stat(name string) (os.FileInfo, error)
}

func openRegular(root opener, path string) (*os.File, error) {
	f, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	if err != nil {
		if _, statErr := statRegular(root, path); errors.Is(statErr, store.ErrNotFound) {
			return nil, statErr // such as a socket, which cannot be opened
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: %s is not a file", store.ErrNotFound, path)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Explain adds [store.ErrFull] to the error of a full disk or a used-up quota.
func Explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}

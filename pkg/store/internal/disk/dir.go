package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"smalti/pkg/store"
)

// Dir is a directory that is found once, to read several of the files in it: each further path would cost an open
// directory for each of its parts. It stays the same one when it is moved.
type Dir struct{ at *os.Root }

// Dir opens a directory. [store.ErrNotFound] if there is none.
func (t Tree) Dir(path string) (Dir, error) {
	at, err := on(t.Root, func(at *os.Root) (*os.Root, error) { return at.OpenRoot(path) })
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return Dir{at}, err
}

// Close closes the directory. Open files stay open.
func (d Dir) Close() error { return d.at.Close() }

// OpenRegular opens a regular file.
func (d Dir) OpenRegular(name string) (*os.File, error) { return openRegular(d.at, name) }

// Open is as in [tree.Tree].
func (d Dir) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := d.OpenRegular(name)
	if err != nil {
		return nil, err // a nil *os.File would be no nil ReadCloser
	}
	return f, nil
}

// Size is as in [tree.Tree].
func (d Dir) Size(ctx context.Context, name string) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	info, err := statRegular(d.at, name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

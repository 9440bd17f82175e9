package dirstore

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/disk"
	"smalti/pkg/store/internal/tree"
)

// OpenLookFile opens one file of a first look, for reading and seeking. [store.ErrNotFound] when there is none of
// the size that is listed.
func (d *Store) OpenLookFile(ctx context.Context, id, token, name string) (*os.File, store.File, error) {
	look, err := d.Look(ctx, id, token)
	if err != nil {
		return nil, store.File{}, err
	}
	entry, ok := look.File(name)
	if !ok {
		return nil, store.File{}, noFile(look, name)
	}
	f, err := disk.OpenRegular(d.files.Root, tree.LookPath(id, token)+"/"+name)
	if err != nil {
		return nil, entry, err
	}
	if err := hasSize(f, entry); err != nil {
		_ = f.Close()
		return nil, entry, err
	}
	return f, entry, nil
}

// KeepLook writes a file of a first look, outside of a delivery: into a cache, where files come one by one.
func (d *Store) KeepLook(ctx context.Context, id, token, name string, fill func(io.Writer) error) error {
	return d.keep(ctx, tree.LookPath(id, token), name, fill)
}

// DropLook removes a first look that was kept.
func (d *Store) DropLook(ctx context.Context, id, token string) error {
	if !tree.ValidID(id) || !tree.ValidToken(token) {
		return nil
	}
	return d.files.RemoveDir(ctx, tree.LookPath(id, token))
}

// DropLooks removes all first looks of a mosaic that were kept.
func (d *Store) DropLooks(ctx context.Context, id string) error {
	entries, err := fs.ReadDir(d.files.Root.FS(), tree.IncomingDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		if of, token, _ := strings.Cut(e.Name(), "."); of == id {
			errs = append(errs, d.DropLook(ctx, id, token))
		}
	}
	return errors.Join(errs...)
}

package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"smalti/pkg/store"
	"smalti/pkg/store/internal/tree"
)

// OpenLookFile is as in [dirstore.Store]. First looks are cached apart from finished mosaics, by their attempt, so that
// no file of one is ever taken for another's. They go when the mosaic is finished or deleted, or with age.
func (m *Store) OpenLookFile(ctx context.Context, id, token, name string) (*os.File, store.File, error) {
	look, err := m.look(ctx, id, token)
	if err != nil {
		return nil, store.File{}, err
	}
	entry, ok := look.File(name)
	if !ok {
		return nil, store.File{}, fmt.Errorf("%w: the first look of mosaic %s has no file %q", store.ErrNotFound, id, name)
	}
	if f, entry, err := m.cache.OpenLookFile(ctx, id, token, name); !errors.Is(err, store.ErrNotFound) {
		return f, entry, err
	}
	if _, err := m.once(ctx, id+"."+token+"/"+name, func(ctx context.Context) (any, error) {
		if f, _, err := m.cache.OpenLookFile(ctx, id, token, name); err == nil {
			return nil, f.Close() // pulled meanwhile
		}
		from, err := m.OpenLook(ctx, id, token, name)
		if err != nil {
			return nil, err
		}
		defer from.Close()
		return nil, m.cache.KeepLook(ctx, id, token, name, func(w io.Writer) error { return tree.CopyListed(w, from, entry) })
	}); err != nil {
		return nil, store.File{}, err
	}
	return m.cache.OpenLookFile(ctx, id, token, name)
}

// look lists the files of a first look, and keeps the list.
func (m *Store) look(ctx context.Context, id, token string) (*store.Manifest, error) {
	if kept, err := m.cache.Look(ctx, id, token); err == nil {
		return kept, nil
	}
	v, err := m.once(ctx, id+"."+token, func(ctx context.Context) (any, error) {
		found, err := m.Look(ctx, id, token)
		if err != nil {
			return nil, err
		}
		return found, m.cache.KeepLook(ctx, id, token, tree.LookName, func(w io.Writer) error { return json.NewEncoder(w).Encode(found) })
	})
	if err != nil {
		return nil, err
	}
	return v.(*store.Manifest), nil
}

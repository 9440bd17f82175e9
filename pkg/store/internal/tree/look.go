package tree

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"smalti/pkg/store"
)

// LookName is the file that lists those of a first look.
const LookName = "look.json"

// LookPath is where a first look is: where its delivery is.
func LookPath(id, token string) string { return incomingPath(id, token) }

// Show is as in [store.Delivery].
func (d *delivery) Show(ctx context.Context) error {
	data, err := json.Marshal(store.Manifest{V: manifestVersion, ID: d.id, Created: time.Now().UTC(), Files: d.listed()})
	if err == nil {
		_, err = ParseManifest(data, d.id)
	}
	if err != nil {
		return fmt.Errorf("showing mosaic %s: %w", d.id, err)
	}
	return d.Put(ctx, LookName, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// listed are the files that were put, by name.
func (d *delivery) listed() []store.File {
	d.mu.Lock()
	defer d.mu.Unlock()
	return byName(d.files)
}

func byName(files map[string]store.File) []store.File {
	return slices.SortedFunc(maps.Values(files), func(a, b store.File) int { return strings.Compare(a.Name, b.Name) })
}

// Look is as in [store.Store].
func (s Store) Look(ctx context.Context, id, token string) (*store.Manifest, error) {
	if err := checkLook(id, token); err != nil {
		return nil, err
	}
	return readList(ctx, s.tree, LookPath(id, token)+"/"+LookName, id)
}

// OpenLook is as in [store.Store].
func (s Store) OpenLook(ctx context.Context, id, token, name string) (io.ReadCloser, error) {
	if err := errors.Join(checkLook(id, token), checkName(id, name)); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return s.tree.Open(ctx, LookPath(id, token)+"/"+name)
}

func checkLook(id, token string) error {
	if !ValidID(id) || !ValidToken(token) {
		return fmt.Errorf("%w: look %q of %q", store.ErrNotFound, token, id)
	}
	return nil
}

package tree

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"smalti/pkg/store"
)

const (
	manifestVersion = 1
	maxManifest     = 1 << 20 // bytes
	MaxFiles        = 1_000
)

var hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseManifest reads the manifest of the mosaic id. Every name in the result is valid. Unknown fields are
// ignored, as long as V is the same.
func ParseManifest(data []byte, id string) (*store.Manifest, error) {
	if len(data) > maxManifest {
		return nil, fmt.Errorf("manifest is longer than %d bytes", maxManifest)
	}
	var m store.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	switch {
	case m.V != manifestVersion:
		return nil, fmt.Errorf("manifest is of version %d, not %d", m.V, manifestVersion)
	case m.ID != id:
		return nil, fmt.Errorf("manifest is of %q, not of %q", m.ID, id)
	case m.Created.IsZero():
		return nil, errors.New("manifest has no time of creation")
	case len(m.Files) == 0 || len(m.Files) > MaxFiles:
		return nil, fmt.Errorf("manifest lists %d files", len(m.Files))
	}
	seen := make(map[string]bool, len(m.Files))
	for _, f := range m.Files {
		if !ValidName(f.Name) || f.Name == ManifestName || seen[f.Name] {
			return nil, fmt.Errorf("manifest lists a file %q", f.Name)
		}
		if f.Bytes < 0 || !hashPattern.MatchString(f.SHA256) {
			return nil, fmt.Errorf("manifest has no sound size and hash of %s", f.Name)
		}
		seen[f.Name] = true
	}
	return &m, nil
}

// reader is what of a [Tree] is needed to read a mosaic.
type reader interface {
	Open(ctx context.Context, path string) (io.ReadCloser, error)
	Size(ctx context.Context, path string) (int64, error)
}

// ManifestIn returns the manifest in dir if it is that of id and all of its files are there with their sizes,
// or it has expired. Otherwise the error is a store.ErrNotFound, unless the store is unavailable.
func ManifestIn(ctx context.Context, t reader, dir, id string) (*store.Manifest, error) {
	m, err := readManifest(ctx, t, dir, id)
	if err != nil || m.Expired() {
		return m, err
	}
	if err := checkSizes(ctx, t, dir, m.Files); err != nil {
		return nil, err
	}
	return m, nil
}

// readManifest is ManifestIn without checking the files.
func readManifest(ctx context.Context, t reader, dir, id string) (*store.Manifest, error) {
	return readList(ctx, t, dir+"/"+ManifestName, id)
}

// readList reads a manifest.
func readList(ctx context.Context, t reader, path, id string) (*store.Manifest, error) {
	r, err := t.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err := errors.Join(err, r.Close()); err != nil && len(data) <= maxManifest {
		return nil, err
	}
	m, err := ParseManifest(data, id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	return m, nil
}

// checkSizes asks the store for the size of each file. A missing or torn one is both a store.ErrNotFound and an
// store.ErrDamaged.
func checkSizes(ctx context.Context, t reader, dir string, files []store.File) error {
	for _, f := range files {
		n, err := t.Size(ctx, dir+"/"+f.Name)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("%w: %w", store.ErrDamaged, err)
		case err != nil:
			return err
		case n != f.Bytes:
			return fmt.Errorf("%w: %w: %s has %d bytes instead of %d", store.ErrNotFound, store.ErrDamaged, f.Name, n, f.Bytes)
		}
	}
	return nil
}

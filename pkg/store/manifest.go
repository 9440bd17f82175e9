package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"smalti/pkg/job"
)

const (
	manifestVersion = 1
	maxManifest     = 1 << 20 // bytes
	maxFiles        = 1_000
)

// Manifest describes a finished mosaic. It is the last file that a delivery writes.
type Manifest struct {
	V       int        `json:"v"`
	ID      string     `json:"id"`
	Created time.Time  `json:"created"`
	Result  job.Result `json:"result"`
	Files   []File     `json:"files"` // without the manifest itself, by name
}

// File is one file of a finished mosaic.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // 64 digits of lower-case hex
}

// File finds a file by its name.
func (m *Manifest) File(name string) (File, bool) {
	for _, f := range m.Files {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}

// Ends is when the mosaic expires; zero if the manifest does not say.
func (m *Manifest) Ends() time.Time { return m.Result.Ends(m.Created) }

// expired reports whether the files are no longer shown, so that they may be missing.
func (m *Manifest) expired() bool {
	ends := m.Ends()
	return !ends.IsZero() && time.Now().After(ends)
}

var hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// parseManifest reads the manifest of the mosaic id. Every name in the result is valid. Unknown fields are
// ignored, as long as V is the same.
func parseManifest(data []byte, id string) (*Manifest, error) {
	if len(data) > maxManifest {
		return nil, fmt.Errorf("manifest is longer than %d bytes", maxManifest)
	}
	var m Manifest
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
	case len(m.Files) == 0 || len(m.Files) > maxFiles:
		return nil, fmt.Errorf("manifest lists %d files", len(m.Files))
	}
	seen := make(map[string]bool, len(m.Files))
	for _, f := range m.Files {
		if !validName(f.Name) || f.Name == manifestName || seen[f.Name] {
			return nil, fmt.Errorf("manifest lists a file %q", f.Name)
		}
		if f.Bytes < 0 || !hashPattern.MatchString(f.SHA256) {
			return nil, fmt.Errorf("manifest has no sound size and hash of %s", f.Name)
		}
		seen[f.Name] = true
	}
	return &m, nil
}

// manifestIn returns the manifest in dir if it is that of id and all of its files are there with their sizes,
// or it has expired. Otherwise the error is an ErrNotFound, unless the store is unavailable.
func manifestIn(ctx context.Context, t tree, dir, id string) (*Manifest, error) {
	m, err := readManifest(ctx, t, dir, id)
	if err != nil || m.expired() {
		return m, err
	}
	if err := checkSizes(ctx, t, dir, m.Files); err != nil {
		return nil, err
	}
	return m, nil
}

// readManifest is manifestIn without checking the files.
func readManifest(ctx context.Context, t tree, dir, id string) (*Manifest, error) {
	r, err := t.open(ctx, dir+"/"+manifestName)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err := errors.Join(err, r.Close()); err != nil && len(data) <= maxManifest {
		return nil, err
	}
	m, err := parseManifest(data, id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return m, nil
}

// checkSizes asks the store for the size of each file. A missing or torn one is both an ErrNotFound and an
// ErrDamaged.
func checkSizes(ctx context.Context, t tree, dir string, files []File) error {
	for _, f := range files {
		n, err := t.size(ctx, dir+"/"+f.Name)
		switch {
		case errors.Is(err, ErrNotFound):
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		case err != nil:
			return err
		case n != f.Bytes:
			return fmt.Errorf("%w: %w: %s has %d bytes instead of %d", ErrNotFound, ErrDamaged, f.Name, n, f.Bytes)
		}
	}
	return nil
}

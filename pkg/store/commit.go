package store

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

	"smalti/pkg/job"
)

const publishTries = 5 // each fails only because another attempt made progress

// Commit makes the mosaic visible in one step: it writes the manifest, checks every size once more, and
// renames the directory. It also succeeds if another attempt was first; the mosaic is then that one's, and
// the files of this one are removed.
func (d *Delivery) Commit(ctx context.Context, result job.Result) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range result.Files {
		if _, ok := d.files[name]; !ok && name != manifestName {
			return fmt.Errorf("committing mosaic %s: %s was not delivered", d.id, name)
		}
	}
	return d.finish(ctx, time.Now().UTC(), result)
}

// commitAs is Commit with the manifest of another store.
func (d *Delivery) commitAs(ctx context.Context, m *Manifest) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.finish(ctx, m.Created, m.Result)
}

func (d *Delivery) finish(ctx context.Context, created time.Time, result job.Result) error {
	err := d.commit(ctx, created, result)
	d.tell(ctx, err)
	if err != nil {
		return fmt.Errorf("committing mosaic %s: %w", d.id, err)
	}
	d.committed = true
	return nil
}

func (d *Delivery) commit(ctx context.Context, created time.Time, result job.Result) error {
	files := slices.SortedFunc(maps.Values(d.files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.Marshal(Manifest{V: manifestVersion, ID: d.id, Created: created, Result: result, Files: files})
	if err != nil {
		return err
	}
	if _, err := parseManifest(data, d.id); err != nil {
		return err
	}
	m, err := d.put(ctx, manifestName, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("delivering %s: %w", manifestName, err)
	}
	if err := checkSizes(ctx, d.tree, d.dir, append(files, m)); err != nil {
		return err
	}
	return d.publish(ctx)
}

// publish renames the delivery to its final place. A mosaic there is left alone if it is whole, and moved
// out of the way if it is not.
func (d *Delivery) publish(ctx context.Context) error {
	final := mosaicPath(d.id)
	var err error
	for range publishTries {
		if err = d.tree.rename(ctx, d.dir, final); err == nil {
			return nil
		}
		_, manifestErr := manifestIn(ctx, d.tree, final, d.id)
		if manifestErr == nil {
			_ = d.tree.removeDir(ctx, d.dir) // or it is removed when it is old
			return nil
		}
		if !errors.Is(manifestErr, ErrNotFound) {
			return errors.Join(err, manifestErr)
		}
		if clearErr := d.clear(ctx, final); clearErr != nil {
			err = errors.Join(err, clearErr)
		}
	}
	return err
}

// clear removes the torn mosaic at path. If another attempt has put a whole one there since it was looked
// at, that one goes back.
func (d *Delivery) clear(ctx context.Context, path string) error {
	if there, err := d.tree.hasDir(ctx, path); err != nil || !there {
		return err
	}
	aside := incomingPath(d.id, "torn-"+nonce())
	if err := d.tree.rename(ctx, path, aside); err != nil {
		return err
	}
	if _, err := manifestIn(ctx, d.tree, aside, d.id); !errors.Is(err, ErrNotFound) {
		if d.tree.rename(ctx, aside, path) == nil {
			return nil
		}
	}
	_ = d.tree.removeDir(ctx, aside) // or it is removed when it is old
	return nil
}

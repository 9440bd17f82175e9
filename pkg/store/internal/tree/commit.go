package tree

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
)

const publishTries = 5 // each fails only because another attempt made progress

// Commit is as in [store.Delivery].
func (d *delivery) Commit(ctx context.Context, result job.Result) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range result.Files {
		if _, ok := d.files[name]; !ok && name != ManifestName {
			return fmt.Errorf("committing mosaic %s: %s was not delivered", d.id, name)
		}
	}
	return d.finish(ctx, time.Now().UTC(), result)
}

// CommitAs is as in [store.Delivery].
func (d *delivery) CommitAs(ctx context.Context, m *store.Manifest) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.finish(ctx, m.Created, m.Result)
}

func (d *delivery) finish(ctx context.Context, created time.Time, result job.Result) error {
	err := d.commit(ctx, created, result)
	if err != nil {
		return fmt.Errorf("committing mosaic %s: %w", d.id, err)
	}
	d.committed = true
	return nil
}

func (d *delivery) commit(ctx context.Context, created time.Time, result job.Result) error {
	files := byName(d.files)
	data, err := json.Marshal(store.Manifest{V: manifestVersion, ID: d.id, Created: created, Result: result, Files: files})
	if err != nil {
		return err
	}
	if _, err := ParseManifest(data, d.id); err != nil {
		return err
	}
	m, err := d.put(ctx, ManifestName, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("delivering %s: %w", ManifestName, err)
	}
	if err := checkSizes(ctx, d.tree, d.dir, append(files, m)); err != nil {
		return err
	}
	return d.publish(ctx)
}

// publish renames the delivery to its final place. A mosaic there is left alone if it is whole, and moved
// out of the way if it is not.
func (d *delivery) publish(ctx context.Context) error {
	final := MosaicPath(d.id)
	var err error
	for range publishTries {
		if err = d.tree.Rename(ctx, d.dir, final); err == nil {
			return nil
		}
		_, manifestErr := ManifestIn(ctx, d.tree, final, d.id)
		if manifestErr == nil {
			_ = d.tree.RemoveDir(ctx, d.dir) // or it is removed when it is old
			return nil
		}
		if !errors.Is(manifestErr, store.ErrNotFound) {
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
func (d *delivery) clear(ctx context.Context, path string) error {
	if there, err := d.tree.HasDir(ctx, path); err != nil || !there {
		return err
	}
	aside := incomingPath(d.id, "torn-"+Nonce())
	if err := d.tree.Rename(ctx, path, aside); err != nil {
		return err
	}
	if _, err := ManifestIn(ctx, d.tree, aside, d.id); !errors.Is(err, store.ErrNotFound) {
		if d.tree.Rename(ctx, aside, path) == nil {
			return nil
		}
	}
	_ = d.tree.RemoveDir(ctx, aside) // or it is removed when it is old
	return nil
}

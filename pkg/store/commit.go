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

const publishTries = 5 // each is lost only to another attempt that got on in the meantime

// Commit makes the mosaic visible, in one step: it writes the manifest, checks every size once more,
// and renames the directory. It also succeeds when another attempt got there first; the mosaic is
// then that one's, and what this one delivered is removed.
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

// commitAs is Commit for a mosaic that another store has finished.
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

// publish renames the delivery to its final place. A mosaic that stands there is left alone if it is
// whole, and moved out of the way if it is not.
func (d *Delivery) publish(ctx context.Context) error {
	final := mosaicPath(d.id)
	var err error
	for range publishTries {
		if err = d.tree.rename(ctx, d.dir, final); err == nil {
			return nil
		}
		_, lookErr := manifestIn(ctx, d.tree, final, d.id)
		if lookErr == nil {
			// Best effort: the mosaic is there, and what is left here is swept up by age.
			_ = d.tree.removeDir(ctx, d.dir)
			return nil
		}
		if !errors.Is(lookErr, ErrNotFound) {
			return errors.Join(err, lookErr)
		}
		if clearErr := d.clear(ctx, final); clearErr != nil {
			err = errors.Join(err, clearErr)
		}
	}
	return err
}

// clear moves the torn mosaic at path out of the way and removes it. Between the look and the move
// another attempt may have put a whole one there: that one goes back.
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
	_ = d.tree.removeDir(ctx, aside) // best effort: nobody sees it, and it is swept up by age
	return nil
}

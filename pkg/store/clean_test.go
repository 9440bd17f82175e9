package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
)

// Photos are kept as long as they may be needed, however old they are; and where nobody can
// say, too.
func TestCleanAsksWhoNeedsUploads(t *testing.T) {
	disk := t.TempDir()
	d := openDir(t, disk)
	const age = 72 * time.Hour
	give := func(names ...string) (batch string) {
		batch = job.NewID()
		for _, name := range names {
			content := "a photo"
			if id, ok := strings.CutPrefix(name, store.JobUpload+"="); ok {
				name, content = store.JobUpload, id
			}
			if err := d.PutUpload(t.Context(), batch, name, strings.NewReader(content), 100); err != nil {
				t.Fatal(err)
			}
		}
		old := time.Now().Add(-age - time.Hour)
		if err := os.Chtimes(filepath.Join(disk, "uploads", batch), old, old); err != nil {
			t.Fatal(err)
		}
		return batch
	}
	open, ended := job.NewID(), job.NewID()
	waiting, made, nobodys := give("0001", store.JobUpload+"="+open), give("0001", store.JobUpload+"="+ended), give("0001")
	forged := give("0001", store.JobUpload+"=../../etc")
	away := errors.New("the queue is away")
	ages := dirstore.Ages{Uploads: age, Needed: func(context.Context, string, time.Time) (bool, error) { return true, away }}
	if _, err := d.Clean(t.Context(), ages); !errors.Is(err, away) {
		t.Errorf("while nobody can tell: %v", err)
	}
	for _, batch := range []string{waiting, made} {
		if !slices.Contains(list(t, disk, "uploads"), batch) {
			t.Error("photos are removed while nobody can tell who needs them")
		}
	}
	ages.Needed = func(_ context.Context, id string, since time.Time) (bool, error) {
		if time.Since(since) < age {
			t.Errorf("given %v ago", time.Since(since))
		}
		if id != open && id != ended {
			t.Errorf("asked about %q", id)
		}
		return id == open, nil
	}
	if _, err := d.Clean(t.Context(), ages); err != nil {
		t.Fatal(err)
	}
	if got := list(t, disk, "uploads"); !slices.Equal(got, []string{waiting}) {
		t.Errorf("left: %v, want %v of %v", got, waiting, []string{made, nobodys, forged})
	}
}

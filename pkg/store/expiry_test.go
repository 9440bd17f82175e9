package store_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/pkg/store/dirstore"
)

// A mosaic expires when its manifest says so, whatever the ages of the process that cleans. What stays is the
// manifest, for as long as people are told what became of the mosaic.
func TestExpiredMosaics(t *testing.T) {
	disk := t.TempDir()
	d := openDir(t, disk)
	const day = 24 * time.Hour
	made := func(age, keep time.Duration) string {
		t.Helper()
		id := job.NewID()
		deliver(t, d, id)
		path := filepath.Join(disk, "mosaics", id, "manifest.json")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var m store.Manifest
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		m.Created, m.Result.Keep = time.Now().Add(-age).UTC(), int64(keep.Seconds())
		data, _ = json.Marshal(m)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return id
	}
	lasts, expired, forgotten := made(40*day, 50*day), made(2*day, day), made(20*day, day)
	for range 2 { // twice is once
		if _, err := d.Clean(t.Context(), dirstore.Ages{Mosaics: 30 * day}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Manifest(t.Context(), lasts); err != nil {
		t.Errorf("a mosaic that lasts: %v", err)
	}
	m, err := d.Manifest(t.Context(), expired)
	if err != nil || m.Ends().After(time.Now()) {
		t.Errorf("the manifest of one that expired: %+v, %v", m, err)
	}
	if left := list(t, disk, "mosaics/"+expired); !slices.Equal(left, []string{"manifest.json"}) {
		t.Errorf("of one that expired there is left: %v", left)
	}
	if _, err := d.Manifest(t.Context(), forgotten); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that expired long ago: %v", err)
	}
}

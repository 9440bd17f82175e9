package store_test

import (
	"slices"
	"sync"
	"testing"

	"smalti/pkg/ftpserver"
	"smalti/pkg/store/dirstore"
)

// Of several that come to a store without an identity, one gives it one, and all see the same.
func TestAStoreHasOneIdentity(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		want, err := p.Identities(t.Context())
		if err != nil || len(want) == 0 {
			t.Fatalf("%q, %v", want, err)
		}
		for range 2 {
			if got, err := p.Identities(t.Context()); err != nil || !slices.Equal(got, want) {
				t.Errorf("asked again: %q, %v; before %q", got, err, want)
			}
		}
	})
}

func TestManyAtOnceMakeOneIdentity(t *testing.T) {
	disk := t.TempDir()
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 8 {
		d, err := dirstore.Open(disk)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		for range 4 {
			all.Go(func() {
				ids, err := d.Identities(t.Context())
				if err != nil || len(ids) != 1 {
					t.Errorf("%q, %v", ids, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[ids[0]] = true
			})
		}
	}
	all.Wait()
	if len(seen) != 1 {
		t.Errorf("%d identities", len(seen))
	}
	if other, err := openDir(t, t.TempDir()).Identities(t.Context()); err != nil || seen[other[0]] {
		t.Errorf("another store: %q, %v", other, err)
	}
}

// Clients of our own server can read the store's identity, but not change it.
func TestTheIdentityIsNotForClientsToChange(t *testing.T) {
	d := openDir(t, t.TempDir())
	server := startServer(t, d, ftpserver.Config{})
	before, err := d.Identities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := loginRaw(t, server)
	for _, command := range []string{"DELE /identity/store.json", "RMD /identity", "MKD /identity/x", "MKD /identity-x", "MKD /identity"} {
		c.Want(command, "550")
	}
	c.Want("RNFR /identity", "350")
	c.Want("RNTO /incoming", "550")
	if after, err := d.Identities(t.Context()); err != nil || !slices.Equal(after, before) {
		t.Errorf("%q, %v; before %q", after, err, before)
	}
}

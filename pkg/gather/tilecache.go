package gather

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"slices"
	"time"

	"smalti/pkg/download"
	"smalti/pkg/job"
)

// Cache keeps small values and may lose them at any time. Values from it are checked before they are used.
type Cache interface {
	// Get returns the value of each key, nil where there is none.
	Get(ctx context.Context, keys ...string) [][]byte
	// Put keeps a value for at most so long. It does not block.
	Put(key string, value []byte, keep time.Duration)
}

const (
	tileLifetime    = 24 * time.Hour
	defaultFreshFor = 10 * time.Minute

	// tileVersion is part of each key. It must be raised when the same photo gives other pixels.
	tileVersion = 6
)

// cachedTile is what the cache has of the photo at an address.
type cachedTile struct {
	entry cacheEntry
	tile  *image.NRGBA
	fresh bool // its server need not be asked
}

// cacheEntry is what the cache keeps of an address, beside the tile.
type cacheEntry struct {
	download.Version
	ContentHash string    `json:"content,omitempty"` // if the server sends no version
	CheckedAt   time.Time `json:"asked,omitzero"`    // when the server was asked last; zero: ask each time
}

// tileCache keeps the tiles of one side in a cache, coded: see code.
type tileCache struct {
	cache Cache
	side  int
	fresh time.Duration
}

func entryKey(address string) string { return "photo " + address }

func (k *tileCache) tileKey(address string, a cacheEntry) string {
	version := a.ETag
	if version == "" {
		version = a.Modified
	}
	if version == "" {
		version = a.ContentHash
	}
	// The address has no spaces, and comes last.
	return fmt.Sprintf("tile %d %d %q %s", tileVersion, k.side, version, address)
}

// lookUpBatch is how many tiles are looked up at once: their bytes are in memory twice.
const lookUpBatch = 256

// lookUp returns what the cache has of the addresses on the web.
func (k *tileCache) lookUp(ctx context.Context, addresses []string) map[string]cachedTile {
	all := make(map[string]cachedTile)
	for some := range slices.Chunk(webAddresses(addresses), lookUpBatch) {
		keys := make([]string, len(some))
		for i, address := range some {
			keys[i] = entryKey(address)
		}
		var found, tiles []string // addresses, and the keys of their tiles
		var abouts []cacheEntry
		for i, value := range k.cache.Get(ctx, keys...) {
			if a, ok := parseEntry(value); ok {
				found, abouts, tiles = append(found, some[i]), append(abouts, a), append(tiles, k.tileKey(some[i], a))
			}
		}
		for i, value := range k.cache.Get(ctx, tiles...) {
			if tile := decode(value, k.side); tile != nil {
				age := time.Since(abouts[i].CheckedAt)
				all[found[i]] = cachedTile{abouts[i], tile, age >= 0 && age < k.fresh}
			}
		}
	}
	return all
}

func webAddresses(addresses []string) (some []string) {
	for _, address := range addresses {
		if a, err := job.ParseAddress(address); err == nil && a.Scheme == job.Web {
			some = append(some, address)
		}
	}
	return some
}

// store keeps a tile that is new or was found to be unchanged, and returns it as it comes out of the cache.
func (k *tileCache) store(address string, f download.Fetched, tile *image.NRGBA, was cachedTile) *image.NRGBA {
	if f.NoStore {
		return tile
	}
	a := cacheEntry{Version: f.Version}
	if a.Version == (download.Version{}) {
		a.ContentHash = contentHash(f.Data)
	}
	if !f.MustRevalidate {
		a.CheckedAt = time.Now().UTC().Truncate(time.Second)
	}
	if tile != was.tile {
		coded := code(tile)
		kept := decode(coded, k.side)
		if kept == nil {
			return tile
		}
		k.cache.Put(k.tileKey(address, a), coded, tileLifetime)
		tile = kept
	}
	value, err := json.Marshal(a)
	if err == nil {
		k.cache.Put(entryKey(address), value, tileLifetime)
	}
	return tile
}

func contentHash(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// maxEntry is longer than any entry as JSON.
const maxEntry = 2 << 10

func parseEntry(value []byte) (a cacheEntry, ok bool) {
	if len(value) == 0 || len(value) > maxEntry || json.Unmarshal(value, &a) != nil {
		return cacheEntry{}, false
	}
	a.Version = a.Usable()
	return a, true
}

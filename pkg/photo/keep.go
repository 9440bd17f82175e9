package photo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"slices"
	"time"

	"smalti/pkg/job"
)

// Cache keeps small values that can be had again, and may lose them at any time. What it gives is
// not trusted: every value is checked before it is used.
type Cache interface {
	// Get returns the value of each key, nil where there is none.
	Get(ctx context.Context, keys ...string) [][]byte
	// Put keeps a value for at most so long. It does not wait.
	Put(key string, value []byte, keep time.Duration)
}

const (
	// keepTiles is how long a prepared tile is kept.
	keepTiles = 24 * time.Hour

	// DefaultFresh is for how long a kept tile is used without asking whether its photo has changed.
	DefaultFresh = 10 * time.Minute

	// tileVersion is part of each key. It is raised whenever the same photo gives other pixels, so
	// that a mosaic never mixes tiles of two ways to prepare them.
	tileVersion = 2
)

// known is what the cache has of the photo at an address: the version that its server sent last, and
// the tile that was made of it.
type known struct {
	about about
	tile  *image.NRGBA
	fresh bool // so young that its server need not be asked
}

// about is what is kept of an address.
type about struct {
	Version
	Content string    `json:"content,omitempty"` // hash, where the server names no version
	Asked   time.Time `json:"asked,omitzero"`    // when the server was asked last; zero: ask each time
}

// keeper finds and keeps the tiles of one side in a cache. Tiles are the same with it and without
// it: they are kept as they are, three bytes a pixel, which is also fastest. PNG saves little of a
// small photograph, and takes longer than asking for the bytes.
type keeper struct {
	cache Cache
	side  int
	fresh time.Duration
}

func aboutKey(address string) string { return "photo " + address }

func (k *keeper) tileKey(address string, a about) string {
	version := a.ETag
	if version == "" {
		version = a.Modified
	}
	if version == "" {
		version = a.Content
	}
	// The address has no spaces, and comes last.
	return fmt.Sprintf("tile %d %d %q %s", tileVersion, k.side, version, address)
}

// recallBatch is how many tiles are looked up together: no more bytes than that are in memory twice.
const recallBatch = 256

// recall finds what is kept of addresses of the web.
func (k *keeper) recall(ctx context.Context, addresses []string) map[string]known {
	all := make(map[string]known)
	for some := range slices.Chunk(onTheWeb(addresses), recallBatch) {
		keys := make([]string, len(some))
		for i, address := range some {
			keys[i] = aboutKey(address)
		}
		var found, tiles []string // addresses, and the keys of their tiles
		var abouts []about
		for i, value := range k.cache.Get(ctx, keys...) {
			if a, ok := parseAbout(value); ok {
				found, abouts, tiles = append(found, some[i]), append(abouts, a), append(tiles, k.tileKey(some[i], a))
			}
		}
		for i, value := range k.cache.Get(ctx, tiles...) {
			if tile := unpackTile(value, k.side); tile != nil {
				age := time.Since(abouts[i].Asked)
				all[found[i]] = known{abouts[i], tile, age >= 0 && age < k.fresh}
			}
		}
	}
	return all
}

func onTheWeb(addresses []string) (some []string) {
	for _, address := range addresses {
		if a, err := job.ParseAddress(address); err == nil && a.Scheme == job.Web {
			some = append(some, address)
		}
	}
	return some
}

// keep keeps a tile that was made, or that turned out to be up to date still.
func (k *keeper) keep(address string, f Fetched, tile *image.NRGBA, was known) {
	if f.Private {
		return
	}
	a := about{Version: f.Version}
	if a.Version == (Version{}) {
		a.Content = contentHash(f.Data)
	}
	if !f.Fleeting {
		a.Asked = time.Now().UTC().Truncate(time.Second)
	}
	if tile != was.tile {
		k.cache.Put(k.tileKey(address, a), packTile(tile), keepTiles)
	}
	value, err := json.Marshal(a)
	if err == nil {
		k.cache.Put(aboutKey(address), value, keepTiles)
	}
}

func contentHash(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// maxAbout is longer than two versions and a hash are as JSON.
const maxAbout = 2 << 10

func parseAbout(value []byte) (a about, ok bool) {
	if len(value) == 0 || len(value) > maxAbout || json.Unmarshal(value, &a) != nil {
		return about{}, false
	}
	a.Version = a.usable()
	return a, true
}

// packTile writes a tile's side and its pixels: it is opaque, so that three bytes are a pixel.
func packTile(tile *image.NRGBA) []byte {
	side := tile.Rect.Dx()
	b := binary.BigEndian.AppendUint16(make([]byte, 0, 2+3*side*side), uint16(side))
	for y := range side {
		row := tile.Pix[y*tile.Stride:][:4*side]
		for ; len(row) > 0; row = row[4:] {
			b = append(b, row[0], row[1], row[2])
		}
	}
	return b
}

// unpackTile is nil for what is not a tile of that side.
func unpackTile(b []byte, side int) *image.NRGBA {
	if len(b) != 2+3*side*side || int(binary.BigEndian.Uint16(b)) != side {
		return nil
	}
	b = b[2:]
	tile := image.NewNRGBA(image.Rect(0, 0, side, side))
	for p := tile.Pix; len(p) >= 4; p, b = p[4:], b[3:] {
		p[0], p[1], p[2], p[3] = b[0], b[1], b[2], 0xFF
	}
	return tile
}

package job

import "time"

// The limits of a package from a stranger. The web server checks them before it accepts a request, and the worker checks
// them again: anyone with access to Redis can push a package.
const (
	MaxPackageBytes = 4 << 20 // the JSON of MaxFriends with long links fits

	MinFriends = 2
	MaxFriends = 5_000

	MaxColumns    = 2_000   // also the most rows
	MaxCells      = 120_000 // a wall of 300 x 300 and some more
	minTile       = 8
	maxTile       = 256
	maxDetailTile = 128    // as maxTile, for mosaics whose large cells are four times as long
	MaxSide       = 65_500 // JPEG's own limit on a side, in pixels (ITU-T T.81, B.2.2, less a margin)

	maxTint     = 100 // all of CIELAB's lightness
	maxDistance = 50
	maxShading  = 20 // CIELAB units: more is an overlay
	maxFair     = 100
	maxBleed    = 25  // millimetres
	MaxName     = 200 // of names, ids and reasons, in characters
)

// Limits are the most that a package may ask for.
type Limits struct {
	Friends    int
	Columns    int // also the most rows
	Cells      int
	Tile       int // the side of a cell, in pixels
	DetailTile int // the same where large cells are four times as long
}

// Strangers are the limits for everybody who is not the machine's owner; [Package.Validate] checks them.
func Strangers() Limits { return Limits{MaxFriends, MaxColumns, MaxCells, maxTile, maxDetailTile} }

// Owner are the limits of somebody's own mosaic on their own machine: what a JPEG can hold. How much memory there is
// must be asked besides.
func Owner() Limits {
	const columns = MaxSide / minTile
	return Limits{Friends: 100_000, Columns: columns, Cells: columns * columns, Tile: 1024, DetailTile: 256}
}

// How long a finished mosaic may be kept. Less than an hour would delete mosaics that people look at.
const (
	MinKeep = time.Hour
	MaxKeep = 10 * 365 * 24 * time.Hour
)

// Remembered is how long we still know that a mosaic has expired.
const Remembered = 7 * 24 * time.Hour

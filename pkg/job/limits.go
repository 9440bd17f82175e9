package job

import "time"

// The limits of a package. The web server checks them before it accepts a request, and the worker checks them
// again: anyone with access to Redis can push a package.
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

// How long a finished mosaic may be kept. Less than an hour would delete mosaics that people look at.
const (
	MinKeep = time.Hour
	MaxKeep = 10 * 365 * 24 * time.Hour
)

// Remembered is how long we still know that a mosaic has expired.
const Remembered = 7 * 24 * time.Hour

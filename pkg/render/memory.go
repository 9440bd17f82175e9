package render

import "smalti/pkg/job"

// The memory that a job holds at once, in bytes. Measured with tiles of noise, which compress worse than any photo:
// 6 to 7.4 per pixel of a coded picture, up to 1,500 per cell; rounded up.
const (
	memoryBase    = 64 << 20 // the program, the target, buffers
	memoryDecoded = 4        // per pixel of a tile
	memoryCoded   = 8        // per pixel of a tile or a crop that cells show
	memoryPerCell = 1700     // candidates, and the plan
	memoryPerTile = 2 << 10  // what the solver knows of it and of its crops
)

// Memory estimates the most memory that a package's job takes, in bytes. Decoding photos takes more on top, which
// [gather.Gatherer] bounds.
func Memory(p *job.Package) int64 {
	friends, tile := len(p.Friends), int64(p.Options.Tile)
	side := int64(tileSide(p.Options, friends))
	cells := int64(job.MaxCells) // if the rows depend on the target
	if p.Options.Rows > 0 {
		cells = int64(p.Options.Columns) * int64(p.Options.Rows)
	} else {
		// Assume a target at most three times as tall as wide.
		cells = min(cells, 3*int64(p.Options.Columns)*int64(p.Options.Columns))
	}
	coded := min(int64(friends)*int64(1+mostCrops(p.Options, friends)), cells) + int64(friends) // the atlas has all
	return memoryBase + int64(friends)*(memoryDecoded*side*side+memoryPerTile) + memoryCoded*coded*tile*tile + memoryPerCell*cells
}

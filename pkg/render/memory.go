package render

import "smalti/pkg/job"

// What a job holds in memory at once, in bytes. Measured with tiles of noise, which code worse than
// any photo, and rounded up: 10 to 11.4 for each pixel of a tile, up to 1,270 for each cell.
const (
	memoryBase     = 64 << 20 // the program, the target, buffers
	memoryPerPixel = 12       // a tile decoded, and coded
	memoryPerCell  = 1500     // candidates, and the plan
)

// Memory estimates how much memory a job takes at most, in bytes, from what its package asks for. What
// decoding photos takes comes on top of it, and is bounded by [photo.Gatherer].
func Memory(p *job.Package) int64 {
	side := int64(max(p.Options.Tile, minMaster))
	cells := int64(job.MaxCells) // the target's shape decides
	if p.Options.Rows > 0 {
		cells = int64(p.Options.Columns) * int64(p.Options.Rows)
	} else {
		// A target may be any shape; one three times as tall as wide is tall.
		cells = min(cells, 3*int64(p.Options.Columns)*int64(p.Options.Columns))
	}
	return memoryBase + memoryPerPixel*int64(len(p.Friends))*side*side + memoryPerCell*cells
}

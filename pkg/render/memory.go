package render

import "smalti/pkg/job"

// The memory that a job holds at once, in bytes. Measured with tiles of noise, which compress worse than any photo:
// 10 to 11.4 per pixel of a tile, up to 1,270 per cell; rounded up.
const (
	memoryBase     = 64 << 20 // the program, the target, buffers
	memoryPerPixel = 12       // a tile, decoded and encoded
	memoryPerCell  = 1500     // candidates, and the plan
)

// Memory estimates the most memory that a package's job takes, in bytes. Decoding photos takes more on top, which
// [gather.Gatherer] bounds.
func Memory(p *job.Package) int64 {
	side := int64(max(p.Options.Tile, minMaster))
	cells := int64(job.MaxCells) // if the rows depend on the target
	if p.Options.Rows > 0 {
		cells = int64(p.Options.Columns) * int64(p.Options.Rows)
	} else {
		// Assume a target at most three times as tall as wide.
		cells = min(cells, 3*int64(p.Options.Columns)*int64(p.Options.Columns))
	}
	return memoryBase + memoryPerPixel*int64(len(p.Friends))*side*side + memoryPerCell*cells
}

package main

import (
	"context"
	"fmt"
	"image"
	"os"

	"smalti/pkg/job"
	"smalti/pkg/photo"
)

// localTarget is the file with the picture that a mosaic shows. It is decoded before anything else, and may take all
// the memory.
type localTarget struct {
	data   []byte
	limits photo.Limits
	side   int // pixels on its long side that a large grid needs
}

// readTarget reads a file, if there is room for it.
func readTarget(path string, room int64, noHEIF bool) (*localTarget, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("-target: %s is not a readable file", path)
	}
	if size := info.Size(); size > room {
		return nil, fmt.Errorf("-target: %s has %d MB, and there is room for %d MB; more -memory helps, or a smaller picture", path, mb(size), mb(room))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("-target: %w", err)
	}
	return &localTarget{data: data, limits: photo.Limits{Bytes: room, Memory: room, NoHEIF: noHEIF}}, nil
}

// samplesPerCell is how many samples of the target the solver takes in each direction.
const samplesPerCell = 4

// grid returns the grid that suits the target, and how many pixels there will be of it. It refuses what cannot be
// decoded, as far as that can be told without decoding.
func (t *localTarget) grid(o job.Options) (g grid, size image.Point, err error) {
	g = grid{o.Columns, o.Rows}
	for range 2 { // the second time, the rows are known
		t.side = max(2048, samplesPerCell*max(g.columns, g.rows))
		if size, err = photo.TargetSize(t.data, t.side, t.limits); err != nil {
			return g, size, err
		}
		g = fit(size.X, size.Y, o)
	}
	return g, size, nil
}

// decode decodes the target and gives up the file: the memory is needed for other things.
func (t *localTarget) decode(ctx context.Context, maxSide int) (*image.NRGBA, error) {
	side := maxSide
	if t.side > 2048 {
		side = t.side
	}
	data := t.data
	t.data = nil
	return photo.NewDecoder(t.limits, t.limits.Memory).Target(ctx, data, side)
}

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

// readTarget reads a file or a pipe, if there is room for it.
func readTarget(path string, room int64, noHEIF bool) (*localTarget, error) {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return nil, fmt.Errorf("-target: %s is not a readable file", path)
	}
	if size := info.Size(); size > room {
		return nil, fmt.Errorf("-target: %s has %d MB, and there is room for %d MB; more -memory helps, or a smaller picture", path, mb(size), mb(room))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("-target: %w", err)
	}
	defer f.Close()
	t := &localTarget{limits: photo.Limits{Bytes: room, Memory: room, NoHEIF: noHEIF}}
	if t.data, err = photo.Read(f, t.limits, info.Size()); err != nil {
		return nil, fmt.Errorf("-target: %w", err)
	}
	return t, nil
}

// ordinarySide is how many pixels of a target's longer side Render asks for at most.
const ordinarySide = 2048

// largeSide is how many pixels a grid needs there, and ordinarySide at least.
func largeSide(g grid) int { return max(ordinarySide, samplesPerCell*max(g.columns, g.rows)) }

// samplesPerCell is how many samples of the target the solver takes in each direction.
const samplesPerCell = 4

// grid returns the grid that suits the target, and how many pixels there will be of it. It refuses what cannot be
// decoded, as far as that can be told without decoding.
func (t *localTarget) grid(o job.Options) (g grid, size image.Point, err error) {
	g = grid{o.Columns, o.Rows}
	for range 2 { // the second time, the rows are known
		t.side = largeSide(g)
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
	if t.side > ordinarySide {
		side = t.side
	}
	data := t.data
	t.data = nil
	return photo.NewDecoder(t.limits, t.limits.Memory).Target(ctx, data, side)
}

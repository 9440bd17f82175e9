package photo

import (
	"context"
	"image"
	"runtime"

	"golang.org/x/sync/semaphore"
)

// Decoder decodes as many pictures at once as there are processors, in a bounded amount of memory. It is safe
// for concurrent use; goroutines share its bounds.
type Decoder struct {
	limits   Limits
	bytes    int64
	memory   *semaphore.Weighted
	decoders *semaphore.Weighted
}

// NewDecoder returns a decoder that takes so many bytes of memory. A picture that needs more waits for all of it.
func NewDecoder(l Limits, memory int64) *Decoder {
	return &Decoder{
		limits: l, bytes: memory,
		memory: semaphore.NewWeighted(memory), decoders: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))),
	}
}

// Tile is the function [Tile] when there is room. The error may be that of ctx.
func (d *Decoder) Tile(ctx context.Context, data []byte, side int) (*image.NRGBA, error) {
	return d.decode(ctx, data, wanted{side, true}, func(h header) (*image.NRGBA, error) { return tile(ctx, h, side) })
}

// Target is [Picture] when there is room, except that it refuses what lacks some of its pixels. The error may be
// that of ctx.
func (d *Decoder) Target(ctx context.Context, data []byte, maxSide int) (*image.NRGBA, error) {
	return d.decode(ctx, data, wanted{maxSide, false}, func(h header) (*image.NRGBA, error) { return scaledPicture(ctx, h, maxSide, true) })
}

// decode calls f, which decodes data, when there is a processor and memory for it. The processor comes
// first: the other way round, memory would be held by those who wait.
func (d *Decoder) decode(ctx context.Context, data []byte, want wanted, f func(h header) (*image.NRGBA, error)) (*image.NRGBA, error) {
	h, err := open(data, d.limits, want)
	if err != nil {
		return nil, err
	}
	need := min(h.memory(), d.bytes)
	if err := d.decoders.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer d.decoders.Release(1)
	if err := d.memory.Acquire(ctx, need); err != nil {
		return nil, err
	}
	defer d.memory.Release(need)
	return f(h)
}

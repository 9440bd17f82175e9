package photo

import (
	"bytes"
	"context"
	"image"
)

// decode calls f, which decodes data, when there is a processor and memory for it. The processor comes
// first: the other way round, memory would be held by those who wait.
func (g *Gatherer) decode(ctx context.Context, data []byte, f func() (*image.NRGBA, error)) (*image.NRGBA, error) {
	info, err := Check(bytes.NewReader(data), g.Limits)
	if err != nil {
		return nil, err
	}
	need := min(memoryFor(info, data), g.Memory)
	if err := g.decoders.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer g.decoders.Release(1)
	if err := g.memory.Acquire(ctx, need); err != nil {
		return nil, err
	}
	defer g.memory.Release(need)
	return f()
}

// memoryFor is an upper estimate of the bytes that decoding a picture takes: what the decoder allocates per
// pixel in its most expensive case.
func memoryFor(info Info, data []byte) int64 {
	perPixel := int64(8) // PNG of 16 bits; of WebP, four and what its transforms take
	switch info.Format {
	case GIF:
		perPixel = 2
	case JPEG:
		switch facts := factsOf(data); {
		case facts.progressive:
			perPixel = 24 // coefficients of 32 bits of four components, these themselves, and CMYK made of them
		case facts.baseline():
			perPixel = 4 // three components
		}
	}
	return perPixel * int64(info.Width) * int64(info.Height)
}

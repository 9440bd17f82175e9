package photo

import (
	"bytes"
	"context"
	"image"
)

// decode decodes data when there is room for it.
func (g *Gatherer) decode(ctx context.Context, data []byte, f func() (*image.NRGBA, error)) (*image.NRGBA, error) {
	release, err := g.reserve(ctx, data)
	if err != nil {
		return nil, err
	}
	defer release()
	return f()
}

// reserve waits until there is a processor and memory for decoding data. The processor comes first:
// the other way round, memory would lie idle in the hands of those who wait.
func (g *Gatherer) reserve(ctx context.Context, data []byte) (release func(), err error) {
	info, err := Check(bytes.NewReader(data), g.Limits)
	if err != nil {
		return nil, err
	}
	need := min(memoryFor(info, data), g.Memory)
	if err := g.decoders.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	if err := g.memory.Acquire(ctx, need); err != nil {
		g.decoders.Release(1)
		return nil, err
	}
	return func() {
		g.memory.Release(need)
		g.decoders.Release(1)
	}, nil
}

// memoryFor estimates from above what decoding a picture takes, in bytes: what each decoder
// allocates per pixel in its most expensive case.
func memoryFor(info Info, data []byte) int64 {
	perPixel := int64(8) // PNG of 16 bits; of WebP, four and what its transforms take
	switch {
	case info.Format == GIF:
		perPixel = 2
	case info.Format == JPEG && factsOf(data).progressive:
		perPixel = 24 // coefficients of 32 bits of four components, these themselves, and CMYK made of them
	case info.Format == JPEG:
		perPixel = 8 // four components, and CMYK made of them
	}
	return perPixel * int64(info.Width) * int64(info.Height)
}

package poster

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// chunkPixels is about how many pixels are composed between two writes. Their bytes, some hundred
// kilobytes, fit into a core's cache.
const chunkPixels = 1 << 20

// Write writes the poster as one baseline JPEG. It composes on all cores and calls w and progress,
// which may be nil, from the calling goroutine: progress with the rows of MCUs that w has taken,
// and how many there are. Memory does not depend on the poster's size. When it returns, no goroutine
// is left.
//
// Composers get the number of a chunk only when its buffer is free, so that they never wait for anything
// else, and end when there are no more.
func (p *Poster) Write(ctx context.Context, w io.Writer, progress func(done, total int)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := w.Write(p.header); err != nil {
		return fmt.Errorf("writing the poster's header: %w", err)
	}
	rows := max(1, chunkPixels/(p.options.Width*p.options.mcu())) // of a chunk
	chunks := (p.mcuRows + rows - 1) / rows
	cores := min(runtime.GOMAXPROCS(0), chunks)
	buffers := make([]chunkBuffer, 2*cores)
	todo := make(chan int, len(buffers))
	for i := range buffers {
		buffers[i].full = make(chan struct{}, 1)
		if i < chunks {
			todo <- i
		}
	}

	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(todo)
	for range cores {
		wg.Go(func() {
			for i := range todo {
				b := &buffers[i%len(buffers)]
				b.stream.size = 0
				p.compose(&b.stream, 0, i*rows, min((i+1)*rows, p.mcuRows), 0, p.mcuRows)
				b.full <- struct{}{}
			}
		})
	}

	for i := range chunks {
		b := &buffers[i%len(buffers)]
		<-b.full
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := w.Write(b.stream.buf[:b.stream.size]); err != nil {
			return fmt.Errorf("writing the poster: %w", err)
		}
		if i+len(buffers) < chunks {
			todo <- i + len(buffers)
		}
		if progress != nil {
			progress(min((i+1)*rows, p.mcuRows), p.mcuRows)
		}
	}
	return nil
}

// chunkBuffer is where one chunk after the other is composed.
type chunkBuffer struct {
	stream bitStream
	full   chan struct{}
}

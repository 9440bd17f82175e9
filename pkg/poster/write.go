package poster

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sort"
	"sync"
)

// chunkPixels is about how many pixels are composed between two writes. Their bytes, some hundred
// kilobytes, fit into a core's cache.
const chunkPixels = 1 << 20

// Write writes the poster as one baseline JPEG. It composes on all cores and calls w and progress,
// which may be nil, from the calling goroutine: progress with the rows of MCUs that w has taken,
// and how many there are. Memory does not depend on the poster's size. When it returns, no goroutine
// is left.
func (p *Poster) Write(ctx context.Context, w io.Writer, progress func(done, total int)) error {
	return p.WriteFrom(ctx, w, 0, progress)
}

// WriteFrom writes the poster without its first offset bytes, to resume a broken upload. Rows before that
// are skipped if this Poster has composed them already, and composed again if not.
func (p *Poster) WriteFrom(ctx context.Context, w io.Writer, offset int64, progress func(done, total int)) error {
	if progress == nil {
		progress = func(int, int) {}
	}
	if offset < 0 {
		return fmt.Errorf("writing the poster from byte %d: there is none", offset)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if head := int64(len(p.header)); offset < head {
		if _, err := w.Write(p.header[offset:]); err != nil {
			return fmt.Errorf("writing the poster's header: %w", err)
		}
		offset = head
	}
	first, start := p.chunkAt(offset)
	return p.writeChunks(ctx, w, first, offset-start, progress)
}

// chunkRows returns how many rows of MCUs a chunk has.
func (p *Poster) chunkRows() int {
	return max(1, chunkPixels/(p.options.Width*p.options.mcu()))
}

// chunkAt returns the last chunk that is known to begin at or before an offset, and where.
func (p *Poster) chunkAt(offset int64) (chunk int, start int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	chunk = sort.Search(len(p.starts), func(i int) bool { return p.starts[i] > offset }) - 1
	return chunk, p.starts[chunk]
}

// remember notes where the chunk after this one begins.
func (p *Poster) remember(chunk int, size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if chunk == len(p.starts)-1 {
		p.starts = append(p.starts, p.starts[chunk]+int64(size))
	}
}

// chunkSlot is a buffer in which one chunk after the other is composed.
type chunkSlot struct {
	stream bitStream
	full   chan struct{}
}

// writeChunks composes the chunks from first on, and writes them in order without the first skip bytes.
// Composers get the number of a chunk only when its slot is free, so that they never wait for anything
// else, and end when there are no more.
func (p *Poster) writeChunks(ctx context.Context, w io.Writer, first int, skip int64, progress func(done, total int)) error {
	rows := p.chunkRows()
	chunks := (p.mcuRows + rows - 1) / rows
	cores := min(runtime.GOMAXPROCS(0), max(chunks-first, 0))
	slots := make([]chunkSlot, 2*cores)
	todo := make(chan int, len(slots))
	for i := range slots {
		slots[i].full = make(chan struct{}, 1)
		if first+i < chunks {
			todo <- first + i
		}
	}

	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(todo)
	for range cores {
		wg.Go(func() {
			for i := range todo {
				s := &slots[(i-first)%len(slots)]
				s.stream.size = 0
				p.compose(&s.stream, 0, i*rows, min((i+1)*rows, p.mcuRows), 0, p.mcuRows)
				s.full <- struct{}{}
			}
		})
	}

	for i := first; i < chunks; i++ {
		s := &slots[(i-first)%len(slots)]
		<-s.full
		if err := ctx.Err(); err != nil {
			return err
		}
		p.remember(i, s.stream.size)
		drop := min(skip, int64(s.stream.size))
		skip -= drop
		if _, err := w.Write(s.stream.buf[drop:s.stream.size]); err != nil {
			return fmt.Errorf("writing the poster: %w", err)
		}
		if i+len(slots) < chunks {
			todo <- i + len(slots)
		}
		progress(min((i+1)*rows, p.mcuRows), p.mcuRows)
	}
	if skip > 0 {
		return fmt.Errorf("writing the poster from %d bytes beyond its end: there are none", skip)
	}
	return nil
}

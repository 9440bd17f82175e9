package poster_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"runtime"
	"testing"

	"go.uber.org/goleak"

	"smalti/pkg/poster"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newPoster makes a poster of several chunks.
func newPoster(t testing.TB) *poster.Poster {
	t.Helper()
	p, err := poster.New(scenes(20, 16), random(500, 60, 20, 10), poster.Options{Tile: 16})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProgressCountsTheRowsWritten(t *testing.T) {
	var calls, last, total int
	err := newPoster(t).Write(t.Context(), io.Discard, func(done, of int) {
		if done <= last || done > of {
			t.Errorf("%d of %d rows after %d", done, of, last)
		}
		calls, last, total = calls+1, done, of
	})
	if err != nil || last != total || total != 60 || calls < 2 {
		t.Errorf("%d calls, the last with %d of %d; error %v", calls, last, total, err)
	}
}

// broken takes so many bytes and then fails.
type broken struct {
	left int
	err  error
}

func (b *broken) Write(p []byte) (int, error) {
	n := min(b.left, len(p))
	b.left -= n
	if n < len(p) {
		return n, b.err
	}
	return n, nil
}

func TestBrokenWriterEndsIt(t *testing.T) {
	p := newPoster(t)
	cause := errors.New("the line is dead")
	for _, left := range []int{0, 100, 4000, 100_000, 1_000_000} {
		if err := p.Write(t.Context(), &broken{left, cause}, nil); !errors.Is(err, cause) {
			t.Errorf("after %d bytes: error %v, want %v", left, err, cause)
		}
		goleak.VerifyNone(t)
	}
}

func TestCancelledWriteEnds(t *testing.T) {
	p := newPoster(t)
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	err := p.Write(ctx, io.Discard, func(done, total int) {
		rows = done
		cancel()
	})
	if !errors.Is(err, context.Canceled) || rows == 0 || rows == 60 {
		t.Errorf("error %v after %d of 60 rows", err, rows)
	}
	goleak.VerifyNone(t)
	if err := p.Write(ctx, io.Discard, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: error %v", err)
	}
}

// A decoder that knows only the tables and the rows from the middle on shows just those rows.
func TestRestartMarkersSurviveTheMiddle(t *testing.T) {
	tiles := scenes(10, 48)
	data := write(t, tiles, random(9, 8, len(tiles), 10), poster.Options{Tile: 48})
	whole := decode(t, data)
	scan := bytes.Index(data, []byte{0xff, 0xda})
	scan += 2 + int(binary.BigEndian.Uint16(data[scan+2:]))
	const skipped = 11 // rows of MCUs of 16 pixels
	rest := data[scan:]
	for seen := 0; seen < skipped; {
		at := bytes.IndexByte(rest, 0xff)
		if rest[at+1]&0xf8 == 0xd0 {
			seen++
		}
		rest = rest[at+2:]
	}
	rest = bytes.Clone(rest)
	marker := byte(0)
	for i := 0; i+1 < len(rest); i++ {
		if rest[i] == 0xff && rest[i+1]&0xf8 == 0xd0 {
			rest[i+1] = 0xd0 | marker&7
			marker++
		}
	}
	head := bytes.Clone(data[:scan])
	height := head[bytes.Index(head, []byte{0xff, 0xc0})+5:]
	binary.BigEndian.PutUint16(height, binary.BigEndian.Uint16(height)-skipped*16)
	part := decode(t, append(head, rest...))
	below := image.Rect(0, skipped*16, whole.Rect.Dx(), whole.Rect.Dy())
	if d := furthest(t, samples(part, part.Rect), samples(whole, below)); d != 0 {
		t.Errorf("the lower part is %d levels off", d)
	}
}

func TestWritingAllocatesNothingPerCell(t *testing.T) {
	allocations := func(columns, rows int) float64 {
		p, err := poster.New(scenes(20, 16), random(columns, rows, 20, 10), poster.Options{Tile: 16})
		if err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(5, func() {
			if err := p.Write(context.Background(), io.Discard, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	// Both have chunks of one size; the first composes 20,000 cells, the other 160,000.
	few, many := allocations(500, 40), allocations(500, 320)
	if limit := few + 20*float64(runtime.GOMAXPROCS(0)); many > limit {
		t.Errorf("%.0f allocations for 160,000 cells, and %.0f for 20,000", many, few)
	}
}

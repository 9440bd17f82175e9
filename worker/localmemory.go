package main

import (
	"fmt"
	"runtime"

	"smalti/pkg/gather"
	"smalti/pkg/job"
	"smalti/pkg/photo"
	"smalti/pkg/render"
	"smalti/pkg/setup"
)

// grid is a number of columns and of rows.
type grid struct{ columns, rows int }

// fit returns the grid for a target of width x height pixels, which may be larger than that of strangers.
func fit(width, height int, o job.Options) grid {
	columns, rows := render.Fit(width, height, o, job.Owner())
	return grid{columns, rows}
}

// leastDecoding is the room that must be left for decoding photos: enough for those of most cameras.
const leastDecoding = 32 << 20

// perPhoto is what the solver takes for a photo: prices are estimated from what it costs in about a thousand cells.
const perPhoto = 8 << 10

// need is how many bytes a mosaic takes with a grid, a target of so many pixels, and the least for decoding.
func need(p *job.Package, g grid, target int) int64 {
	with := *p
	with.Options.Columns, with.Options.Rows = g.columns, g.rows
	beyond := max(0, len(p.Friends)-job.MaxFriends) // those of as many as strangers may have are counted already
	return render.Memory(&with) + perPhoto*int64(beyond) + 4*int64(target) + leastDecoding
}

// checkMemory refuses a mosaic for which there is no room, and says what would help.
func checkMemory(p *job.Package, g grid, target int, room int64) error {
	all := need(p, g, target)
	if all <= room {
		return nil
	}
	text := fmt.Sprintf("a mosaic of %d x %d cells and %d photos takes about %d MB, and there is room for %d MB; it needs -memory %d",
		g.columns, g.rows, len(p.Friends), mb(all), mb(room), flagFor(all))
	if c := columnsFor(p, g, target, room); c > 0 {
		return fmt.Errorf("%s, or -columns %d or less", text, c)
	}
	return fmt.Errorf("%s, or smaller tiles and fewer photos", text)
}

// columnsFor is the largest number of columns for which there is room, with rows in proportion; 0 if there is none.
func columnsFor(p *job.Package, g grid, target int, room int64) int {
	fits, not := 0, g.columns
	for fits+1 < not {
		c := (fits + not) / 2
		if need(p, grid{c, max(1, g.rows*c/g.columns)}, target) <= room {
			fits = c
		} else {
			not = c
		}
	}
	return fits
}

// flagFor is the value of -memory with which there is room for so many bytes.
func flagFor(bytes int64) int64 {
	const step = 100
	return (mb(bytes)*100/setup.OwnerShare + step) / step * step
}

func mb(bytes int64) int64 { return bytes >> 20 }

// share gives decoding what the mosaic leaves: half of it to pictures while they are decoded, and half to their files.
func share(g *gather.Gatherer, rest int64) {
	g.Memory = rest / 2
	g.Limits.Memory, g.Limits.Bytes = rest/2, rest/4
	// One large file is held at a time, and these.
	g.Parallel = int(min(max(rest/4/photo.DefaultDownloadBytes, 1), int64(2*runtime.GOMAXPROCS(0))))
}

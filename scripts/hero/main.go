// Command hero draws the pictures of the start page and of the README: mosaics of the demo's friends.
// The start page has to be light: its mosaic is made of few faces, which come once, on a sheet, with
// a plan from which the browser draws it, and as one small picture for the first moment.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"

	"smalti/pkg/friends"
	"smalti/pkg/mosaic"
	"smalti/pkg/portrait"
	"smalti/pkg/poster"
	"smalti/pkg/version"
)

func main() {
	static := flag.String("static", "", "`directory` for the start page's hero.jpg, hero-faces.jpg and hero.json")
	readme := flag.String("readme", "", "`file` for the README's picture")
	version.AddFlag(flag.CommandLine)
	flag.Parse()
	err := error(nil)
	if *static != "" {
		err = drawStart(*static)
	}
	if *readme != "" && err == nil {
		err = drawReadme(*readme)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hero:", err)
		os.Exit(1)
	}
}

// What the start page can afford.
const (
	startCells   = 42 // each way
	startFaces   = 36
	faceSide     = 48  // pixels on the sheet
	startSide    = 168 // pixels of the first picture
	startQuality = 33
	faceQuality  = 50
	startTint    = 22
	shiftStep    = 8 // shifts are rounded to it: fewer different numbers weigh less
)

func drawStart(dir string) error {
	ctx := context.Background()
	faces := useful(everybody(), startFaces)
	plan, err := solve(faces, mosaic.Options{Columns: startCells, Rows: startCells, Tint: startTint, RepeatDistance: 2, Everyone: true})
	if err != nil {
		return err
	}
	sheet, err := poster.New(faces, sheetOf(len(faces)), poster.Options{Tile: faceSide, Quality: faceQuality})
	if err != nil {
		return err
	}
	described, err := json.Marshal(describe(plan, len(faces)))
	if err != nil {
		return err
	}
	for name, fill := range map[string]func(io.Writer) error{
		"hero.jpg":       smaller(ctx, func(w io.Writer) error { return poster.Preview(ctx, w, faces, gridOf(plan), startSide, startQuality) }),
		"hero-faces.jpg": smaller(ctx, func(w io.Writer) error { return sheet.Write(ctx, w, nil) }),
		"hero.json":      func(w io.Writer) error { _, err := w.Write(append(described, '\n')); return err },
	} {
		if err := write(filepath.Join(dir, name), fill); err != nil {
			return err
		}
	}
	return nil
}

// smaller gives a JPEG the best Huffman codes, without touching a pixel: the start page loads it.
func smaller(ctx context.Context, fill func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		var b bytes.Buffer
		if err := fill(&b); err != nil {
			return err
		}
		jpegtran := exec.CommandContext(ctx, "jpegtran", "-optimize", "-copy", "none")
		jpegtran.Stdin, jpegtran.Stdout = &b, w
		if err := jpegtran.Run(); err != nil {
			return fmt.Errorf("jpegtran, of libjpeg-turbo: %w", err)
		}
		return nil
	}
}

func everybody() []*image.NRGBA {
	all := make([]*image.NRGBA, friends.DemoFriends)
	for i := range all {
		all[i] = portrait.Draw(i+1, 96)
	}
	return all
}

// useful chooses n faces that can paint the picture: one after the other, each time that which
// brings the cells nearest to a face's colour.
func useful(all []*image.NRGBA, n int) []*image.NRGBA {
	target := portrait.Draw(0, 4*startCells)
	var cells [][3]float64
	for y := range startCells {
		for x := range startCells {
			cells = append(cells, mean(target, image.Rect(4*x, 4*y, 4*x+4, 4*y+4)))
		}
	}
	nearest := make([]float64, len(cells))
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	var some []*image.NRGBA
	for range n {
		best, least := -1, math.Inf(1)
		for i, face := range all {
			if face == nil {
				continue
			}
			sum, colour := 0.0, mean(face, face.Rect)
			for c := range cells {
				sum += min(nearest[c], distance(cells[c], colour))
			}
			if sum < least {
				best, least = i, sum
			}
		}
		colour := mean(all[best], all[best].Rect)
		for c := range cells {
			nearest[c] = min(nearest[c], distance(cells[c], colour))
		}
		some = append(some, all[best])
		all[best] = nil
	}
	return some
}

func mean(m *image.NRGBA, r image.Rectangle) (sum [3]float64) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			for i := range sum {
				sum[i] += float64(m.Pix[m.PixOffset(x, y)+i]) / float64(r.Dx()*r.Dy())
			}
		}
	}
	return sum
}

// distance is squared, so that one cell far off counts for more than many that are nearly right.
func distance(a, b [3]float64) (d float64) {
	for i := range a {
		d += (a[i] - b[i]) * (a[i] - b[i])
	}
	return d
}

func solve(faces []*image.NRGBA, o mosaic.Options) (*mosaic.Plan, error) {
	return mosaic.Make(context.Background(), portrait.Draw(0, 1024), faces, o, nil)
}

func gridOf(plan *mosaic.Plan) poster.Grid {
	grid := poster.Grid{Columns: plan.Columns, Rows: plan.Rows}
	for _, c := range plan.Cells {
		grid.Cells = append(grid.Cells, poster.Cell{Tile: c.Tile, Shift: c.Shift, Shading: (*[3][16]int8)(c.Shading)})
	}
	return grid
}

// place is where a face is on the sheet.
type place struct {
	Sheet int `json:"sheet"`
	X     int `json:"x"`
	Y     int `json:"y"`
}

// startPlan has what the page draws by, named as in a mosaic's plan.json.
type startPlan struct {
	Columns int     `json:"columns"`
	Rows    int     `json:"rows"`
	Friends []place `json:"friends"`
	Cells   []int   `json:"cells"`
	Shifts  []int   `json:"shifts"`
	Atlas   struct {
		Tile  int      `json:"tile"`
		Files []string `json:"files"`
	} `json:"atlas"`
}

// sheetOf lays every face out once, in a square.
func sheetOf(n int) poster.Grid {
	side := int(math.Ceil(math.Sqrt(float64(n))))
	grid := poster.Grid{Columns: side, Rows: (n + side - 1) / side}
	for i := range grid.Columns * grid.Rows {
		grid.Cells = append(grid.Cells, poster.Cell{Tile: min(i, n-1)})
	}
	return grid
}

func describe(plan *mosaic.Plan, faces int) startPlan {
	p := startPlan{Columns: plan.Columns, Rows: plan.Rows}
	p.Atlas.Tile, p.Atlas.Files = faceSide, []string{"hero-faces.jpg"}
	columns := sheetOf(faces).Columns
	for i := range faces {
		p.Friends = append(p.Friends, place{X: i % columns * faceSide, Y: i / columns * faceSide})
	}
	for _, c := range plan.Cells {
		p.Cells = append(p.Cells, c.Tile)
		for _, s := range c.Shift {
			p.Shifts = append(p.Shifts, shiftStep*int(math.Round(float64(s)/shiftStep)))
		}
	}
	return p
}

func write(name string, fill func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

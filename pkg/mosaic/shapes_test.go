package mosaic_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/disintegration/imaging"

	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

var shapes = map[string]mosaic.Shape{"square": mosaic.Square, "brick": mosaic.Brick, "detail": mosaic.Detail}

// The pieces of a picture that was cut into bricks must come together again. Of the half bricks at
// the edges, each piece is whole and its hidden half the mirror image of the other.
func TestJigsawOfBricks(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(13, 1))
	const columns, rows, cell = 16, 14, 8
	target := scene(random, columns*cell-cell/2, rows*cell)
	for i := range target.Pix { // so that no two pieces are alike
		if i%4 < 3 {
			target.Pix[i] = uint8(min(255, max(0, int(target.Pix[i])+random.IntN(61)-30)))
		}
	}
	order := random.Perm(columns * rows)
	tiles := make([]*image.NRGBA, len(order))
	for c, tile := range order {
		tiles[tile] = image.NewNRGBA(image.Rect(0, 0, cell, cell))
		left := c % columns * cell
		if c/columns%2 == 1 {
			left -= cell / 2
		}
		for y := range cell {
			for x := range cell {
				from := left + x
				if from < 0 {
					from = -from - 1
				} else if w := target.Rect.Dx(); from >= w {
					from = 2*w - 1 - from
				}
				tiles[tile].SetNRGBA(x, y, target.NRGBAAt(from, c/columns*cell+y))
			}
		}
	}
	plan := makePlan(t, target, tiles, mosaic.Options{Columns: columns, Rows: rows, Shape: mosaic.Brick, MaxUses: 1, Everyone: true})
	wrong := 0
	for c, got := range choice(plan) {
		if got != order[c] {
			wrong++
		}
	}
	if wrong > len(order)/50 {
		t.Errorf("%d of %d pieces are in the wrong place", wrong, len(order))
	}
}

// Large cells stand where the target is calm, and small ones where it is not.
func TestDetailFollowsTheTarget(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(14, 1))
	target := plain(160, 160, 120, 110, 130)
	for y := range 160 {
		for x := 80; x < 160; x++ {
			v := uint8(120 + 80*(x/4+y/4)%2*2 - 40)
			v += uint8(random.IntN(60))
			target.Pix[target.PixOffset(x, y)+1] = v
		}
	}
	tiles := scenes(random, 100, 16)
	soften(tiles...)
	o := mosaic.Options{Columns: 40, Rows: 40, Shape: mosaic.Detail, Tint: 8, RepeatDistance: 3, Everyone: true}
	plan := makePlan(t, target, tiles, o)
	kept(t, plan, len(tiles), o)
	if len(plan.Relaxed) > 0 {
		t.Errorf("relaxed %+v", plan.Relaxed)
	}
	area := map[int]int{}
	for c, cell := range plan.Cells {
		if cell.Span > 1 {
			area[cell.Span] += cell.Span * cell.Span
			if c%40+cell.Span > 20 {
				t.Errorf("a cell of %d stands at column %d of row %d, where the target is busy", cell.Span, c%40, c/40)
			}
		}
	}
	if area[4] < 200 || area[2] < 50 {
		t.Errorf("of the 800 calm cells, %v are covered by large ones, by span", area)
	}
}

// What was saved at other qualities and other sizes is the same face; another person before the same
// wall is not.
func TestFacesOfPhotosSavedAgain(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(15, 1))
	originals := scenes(random, 12, 256)
	var tiles []*image.NRGBA
	var want []int
	for i, img := range originals {
		first := len(tiles)
		tiles = append(tiles, imaging.Resize(img, 64, 64, imaging.Lanczos))
		want = append(want, first)
		if i%2 == 0 {
			continue
		}
		for _, quality := range []int{95, 75, 40} {
			for _, side := range []int{400, 128, 73} {
				var file bytes.Buffer
				if err := jpeg.Encode(&file, imaging.Resize(img, side, side, imaging.Lanczos), &jpeg.Options{Quality: quality}); err != nil {
					t.Fatal(err)
				}
				again, err := jpeg.Decode(&file)
				if err != nil {
					t.Fatal(err)
				}
				tiles = append(tiles, imaging.Resize(again, 64, 64, imaging.Lanczos))
				want = append(want, first)
			}
		}
	}
	for name, shape := range shapes {
		o := mosaic.Options{Columns: 12, Rows: 10, Shape: shape, Everyone: true, RepeatDistance: 2, MaxUses: 3}
		plan := makePlan(t, originals[3], tiles, o)
		kept(t, plan, len(tiles), o)
		for i, f := range plan.Face {
			if f != want[i] {
				t.Errorf("%s: tile %d has the face of %d, want %d", name, i, f, want[i])
			}
		}
		// 12 faces in 120 cells, but 66 people who may be used three times each.
		if len(plan.Relaxed) > 0 {
			t.Errorf("%s: relaxed %+v", name, plan.Relaxed)
		}
	}
}

// What the search keeps up to date is what it would find from scratch.
func TestStructureIsKeptUpToDate(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(16, 1))
	for name, shape := range shapes {
		o := mosaic.Options{Columns: 30, Rows: 30, Shape: shape, Tint: 8, RepeatDistance: 3}
		b := mosaic.NewBench(scene(random, 90, 90), scenes(random, 80, 8), o)
		b.Search()
		if drift := b.Drift(); drift > 0.01 {
			t.Errorf("%s: similarities are off by up to %v", name, drift)
		}
	}
}

func FuzzMake(f *testing.F) {
	f.Add(uint64(1), uint16(20), uint16(20), byte(2), byte(30), byte(3), byte(0), byte(8), true)
	f.Add(uint64(2), uint16(1), uint16(1), byte(1), byte(1), byte(0), byte(1), byte(0), true)
	f.Add(uint64(3), uint16(300), uint16(1), byte(1), byte(9), byte(3), byte(40), byte(0), false)
	f.Add(uint64(4), uint16(7), uint16(19), byte(2), byte(90), byte(2), byte(2), byte(200), true)
	f.Fuzz(func(t *testing.T, seed uint64, columns, rows uint16, shape, tiles, distance, uses, tint byte, everyone bool) {
		if int(columns)*int(rows) > 600 || tiles > 100 {
			t.Skip("takes long, and shows nothing else")
		}
		random := rand.New(rand.NewPCG(seed, 3))
		all, target := scenes(random, int(tiles), 4), scene(random, 30, 20)
		if seed%2 == 0 {
			soften(append(all, target)...)
		}
		o := mosaic.Options{
			Columns: int(columns), Rows: int(rows), Shape: mosaic.Shape(shape), Tint: float64(tint),
			RepeatDistance: int(distance), MaxUses: int(uses), Everyone: everyone, Seed: seed,
		}
		plan, err := mosaic.Make(t.Context(), target, all, o, nil)
		if err != nil {
			if columns > 0 && rows > 0 && shape < 3 && tiles > 0 {
				t.Fatalf("%+v: %v", o, err)
			}
			return
		}
		kept(t, plan, len(all), o)
	})
}

func ExampleGrid() {
	for _, shape := range []mosaic.Shape{mosaic.Square, mosaic.Brick} {
		fmt.Println(mosaic.Grid(300, 400, 20, 0, shape))
	}
	// Output:
	// 20 27
	// 20 26
}

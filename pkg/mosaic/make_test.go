package mosaic_test

import (
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"smalti/pkg/likeness"
	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

func TestGrid(t *testing.T) {
	for _, c := range []struct{ width, height, columns, rows, wantColumns, wantRows int }{
		{100, 100, 60, 0, 60, 60},
		{1600, 893, 100, 0, 100, 56},
		{893, 1600, 100, 0, 100, 179},
		{5000, 1, 100, 0, 100, 1},
		{1600, 893, 100, 100, 100, 100},
		{0, 0, 10, 0, 10, 1},
	} {
		if gotC, gotR := mosaic.Grid(c.width, c.height, c.columns, c.rows, mosaic.Square); gotC != c.wantColumns || gotR != c.wantRows {
			t.Errorf("Grid(%d, %d, %d, %d) = %d, %d, want %d, %d", c.width, c.height, c.columns, c.rows, gotC, gotR, c.wantColumns, c.wantRows)
		}
	}
}

func TestBadInput(t *testing.T) {
	good := plain(8, 8, 9, 9, 9)
	tiles := []*image.NRGBA{good, good}
	o := mosaic.Options{Columns: 2, Rows: 2}
	with := func(change func(*mosaic.Options)) mosaic.Options {
		o := o
		change(&o)
		return o
	}
	for _, c := range []struct {
		name   string
		target *image.NRGBA
		tiles  []*image.NRGBA
		o      mosaic.Options
	}{
		{"no target", nil, tiles, o},
		{"empty target", &image.NRGBA{}, tiles, o},
		{"no tiles", good, nil, o},
		{"a missing tile", good, []*image.NRGBA{good, nil}, o},
		{"an empty tile", good, []*image.NRGBA{{}, good}, o},
		{"a tile that is not square", good, []*image.NRGBA{good, plain(8, 9, 1, 1, 1)}, o},
		{"no columns", good, tiles, with(func(o *mosaic.Options) { o.Columns = 0 })},
		{"no rows", good, tiles, with(func(o *mosaic.Options) { o.Rows = -1 })},
		{"a side too long", good, tiles, with(func(o *mosaic.Options) { o.Columns = mosaic.MaxSide + 1 })},
		{"no such shape", good, tiles, with(func(o *mosaic.Options) { o.Shape = 3 })},
		{"negative tint", good, tiles, with(func(o *mosaic.Options) { o.Tint = -0.5 })},
		{"no number for tint", good, tiles, with(func(o *mosaic.Options) { o.Tint = math.NaN() })},
		{"endless tint", good, tiles, with(func(o *mosaic.Options) { o.Tint = math.Inf(1) })},
		{"negative distance", good, tiles, with(func(o *mosaic.Options) { o.RepeatDistance = -1 })},
		{"less than fair", good, tiles, with(func(o *mosaic.Options) { o.Fair = 0.9 })},
		{"no number for fair", good, tiles, with(func(o *mosaic.Options) { o.Fair = math.NaN() })},
		{"crops of fewer tiles", good, tiles, with(func(o *mosaic.Options) { o.Crops = make([][]image.Rectangle, 1) })},
		{"a crop beyond the tile", good, tiles, with(func(o *mosaic.Options) { o.Crops = [][]image.Rectangle{nil, {image.Rect(5, 5, 9, 9)}} })},
		{"a crop that is not square", good, tiles, with(func(o *mosaic.Options) { o.Crops = [][]image.Rectangle{{image.Rect(0, 0, 4, 5)}, nil} })},
		{"an empty crop", good, tiles, with(func(o *mosaic.Options) { o.Crops = [][]image.Rectangle{{{}}, nil} })},
		{"descriptions of fewer tiles", good, tiles, with(func(o *mosaic.Options) { o.Descriptions = describeAll(tiles[:1], nil, o.Tint) })},
		{"no description", good, tiles, with(func(o *mosaic.Options) { o.Descriptions = make([]*mosaic.Description, len(tiles)) })},
		{"descriptions for another tint", good, tiles, with(func(o *mosaic.Options) { o.Descriptions = describeAll(tiles, nil, o.Tint+1) })},
		{"descriptions for other crops", good, tiles, with(func(o *mosaic.Options) { o.Descriptions = describeAll(tiles, quarters(tiles), o.Tint) })},
		{"too many crops", good, tiles, with(func(o *mosaic.Options) {
			o.Crops = [][]image.Rectangle{slices.Repeat([]image.Rectangle{image.Rect(0, 0, 4, 4)}, mosaic.MaxCrops+1), nil}
		})},
		{"negative uses", good, tiles, with(func(o *mosaic.Options) { o.MaxUses = -1 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := mosaic.Make(t.Context(), c.target, c.tiles, c.o, nil)
			if _, ok := errors.AsType[*mosaic.Error](err); !ok || plan != nil {
				t.Fatalf("got %v, %v, want an *Error", plan, err)
			}
		})
	}
}

// Odd input is not bad input.
func TestOddInput(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(5, 1))
	alike := make([]*image.NRGBA, 30)
	grey := scenes(random, 30, 8)
	for i := range alike {
		alike[i] = plain(8, 8, 90, 120, 40)
		for p := 0; p < len(grey[i].Pix); p += 4 {
			grey[i].Pix[p], grey[i].Pix[p+2] = grey[i].Pix[p+1], grey[i].Pix[p+1]
		}
	}
	sizes := append(scenes(random, 20, 5), scenes(random, 20, 37)...)
	sizes = append(sizes, scene(random, 64, 64).SubImage(image.Rect(10, 20, 30, 40)).(*image.NRGBA), plain(1, 1, 5, 5, 5))
	target := scene(random, 90, 70)
	for _, c := range []struct {
		name    string
		target  *image.NRGBA
		tiles   []*image.NRGBA
		o       mosaic.Options
		relaxed int
	}{
		{"fewer photos than the distance needs", target, grey[:4], mosaic.Options{Columns: 18, Rows: 14, RepeatDistance: 3, Everyone: true}, 1},
		{"fewer photos than the uses need", target, grey[:10], mosaic.Options{Columns: 18, Rows: 14, RepeatDistance: 3, MaxUses: 2, Everyone: true}, 1},
		{"more photos than cells", target, scenes(random, 50, 8), mosaic.Options{Columns: 6, Rows: 5, RepeatDistance: 3, Everyone: true}, 1},
		{"one tile", target, alike[:1], mosaic.Options{Columns: 9, Rows: 7}, 0},
		{"all alike", target, alike, mosaic.Options{Columns: 9, Rows: 7, RepeatDistance: 3, Everyone: true}, 1},
		{"one colour", plain(50, 50, 200, 30, 30), scenes(random, 40, 8), mosaic.Options{Columns: 20, Rows: 20, Tint: 8, RepeatDistance: 3, Everyone: true}, 0},
		{"one cell", target, grey, mosaic.Options{Columns: 1, Rows: 1, RepeatDistance: 3}, 0},
		{"one cell for everyone", target, grey, mosaic.Options{Columns: 1, Rows: 1, Everyone: true, MaxUses: 1}, 1},
		{"a long row", target, grey, mosaic.Options{Columns: 2000, Rows: 1, Tint: 8, RepeatDistance: 3, Everyone: true}, 0},
		{"a long column", target, grey, mosaic.Options{Columns: 1, Rows: 2000, Tint: 8, RepeatDistance: 30, MaxUses: 67}, 0},
		{"grey photos", target, grey, mosaic.Options{Columns: 18, Rows: 14, Tint: 8, RepeatDistance: 3, Everyone: true}, 0},
		{"a target of one pixel", plain(1, 1, 7, 8, 9), grey, mosaic.Options{Columns: 30, Rows: 20}, 0},
		{"a target smaller than the grid", scene(random, 7, 5), grey, mosaic.Options{Columns: 30, Rows: 20}, 0},
		{"tiles of many sizes", target, sizes, mosaic.Options{Columns: 18, Rows: 14, Tint: 100, Everyone: true}, 0},
		{"a distance without end", target, grey, mosaic.Options{Columns: 10, Rows: 8, RepeatDistance: math.MaxInt}, 1},
		{"uses without end", target, grey, mosaic.Options{Columns: 10, Rows: 8, MaxUses: math.MaxInt}, 0},
	} {
		for name, shape := range shapes {
			t.Run(c.name+", "+name, func(t *testing.T) {
				c.o.Shape = shape
				plan := makePlan(t, c.target, c.tiles, c.o)
				kept(t, plan, len(c.tiles), c.o)
				if len(plan.Relaxed) != c.relaxed {
					t.Errorf("relaxed %+v, want %d rules", plan.Relaxed, c.relaxed)
				}
			})
		}
	}
}

func TestSamePlanOnAnyNumberOfProcessors(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 1))
	target, tiles := scene(random, 200, 200), scenes(random, 90, 12)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, o := range []mosaic.Options{
		{Columns: 30, Rows: 60, Tint: 8, RepeatDistance: 3, Everyone: true, Seed: 5},
		{Columns: 30, Rows: 30, RepeatDistance: 3, MaxUses: 15, Everyone: true, Seed: 6},
		{Columns: 30, Rows: 60, Tint: 8, RepeatDistance: 3, Fair: 3, Seed: 5},
		{Columns: 30, Rows: 30, Tint: 8, RepeatDistance: 3, Shading: 7, Crops: quarters(tiles), Seed: 5},
		{Columns: 30, Rows: 40, Shape: mosaic.Brick, Tint: 8, RepeatDistance: 3, Everyone: true, Seed: 5},
		{Columns: 40, Rows: 40, Shape: mosaic.Detail, Tint: 12, RepeatDistance: 3, MaxUses: 30, Everyone: true, Seed: 5},
	} {
		if o.Shape == mosaic.Detail {
			soften(append(tiles, target)...) // so that there are large cells
		}
		var first *mosaic.Plan
		for _, n := range []int{1, 3} {
			runtime.GOMAXPROCS(n)
			plan := makePlan(t, target, tiles, o)
			if first == nil {
				first = plan
				if large := slices.ContainsFunc(plan.Cells, func(c mosaic.Cell) bool { return c.Span == 4 }); large != (o.Shape == mosaic.Detail) {
					t.Errorf("%+v: there are large cells: %v", o, large)
				}
			} else if !reflect.DeepEqual(plan, first) {
				t.Errorf("%+v: another plan with %d processors than with one", o, n)
			}
		}
		o.Seed++
		if reflect.DeepEqual(makePlan(t, target, tiles, o), first) {
			t.Errorf("%+v: another seed makes no difference", o)
		}
	}
}

func TestProgress(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 1))
	target, tiles := scene(random, 100, 100), scenes(random, 60, 8)
	for _, limit := range []int{0, 20} {
		calls, last, end := 0, -1, 0
		_, err := mosaic.Make(t.Context(), target, tiles, mosaic.Options{Columns: 30, Rows: 30, MaxUses: limit}, func(done, total int) {
			if done <= last || done > total {
				t.Errorf("%d of %d after %d", done, total, last)
			}
			calls++
			last, end = done, total
		})
		if err != nil {
			t.Fatal(err)
		}
		if calls < 20 || calls > 101 || last != end {
			t.Errorf("%d calls, the last at %d of %d", calls, last, end)
		}
	}
}

func TestCancelled(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	target, tiles := scene(random, 100, 100), scenes(random, 60, 8)
	for _, limit := range []int{0, 15} {
		for stop := 0; stop < 95; stop += 9 {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := mosaic.Make(ctx, target, tiles, mosaic.Options{Columns: 25, Rows: 25, MaxUses: limit, Everyone: true}, func(done, total int) {
				if done >= stop {
					cancel()
				}
			})
			cancel()
			if !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled at %d%%: got %v", stop, err)
			}
		}
	}
}

// The same picture in other bytes is the same face.
func TestFaces(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 1))
	tiles := scenes(random, 40, 16)
	for i := 30; i < 40; i++ {
		tiles[i] = image.NewNRGBA(tiles[4].Rect)
		for p, v := range tiles[4].Pix {
			tiles[i].Pix[p] = uint8(min(255, max(0, int(v)+random.IntN(3)-1)))
			if p%4 == 3 {
				tiles[i].Pix[p] = 255
			}
		}
	}
	o := mosaic.Options{Columns: 20, Rows: 20, RepeatDistance: 4, Everyone: true}
	plan := makePlan(t, scene(random, 60, 60), tiles, o)
	kept(t, plan, len(tiles), o)
	for i, f := range plan.Face {
		want := i
		if i >= 30 {
			want = 4
		}
		if f != want {
			t.Errorf("tile %d has the face of %d, want %d", i, f, want)
		}
	}
}

// Tiles with the same face have the share of one.
func TestFairAmongCopies(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 1))
	tiles := scenes(random, 30, 8)
	for range 10 {
		tiles = append(tiles, tiles[4])
	}
	for _, c := range []struct {
		fair  float64
		limit int // uses of one of 30 faces in 900 cells
	}{{1, 30}, {1.5, 45}, {3, 90}} {
		o := mosaic.Options{Columns: 30, Rows: 30, Tint: 8, Fair: c.fair}
		plan := makePlan(t, tiles[4], tiles, o)
		kept(t, plan, len(tiles), o)
		if n := plan.Uses[4]; n > c.limit || len(plan.Relaxed) > 0 {
			t.Errorf("fair %v: the face of eleven is used %d times, at most %d allowed; relaxed %+v", c.fair, n, c.limit, plan.Relaxed)
		}
	}
}

func TestFairDistance(t *testing.T) {
	random := rand.New(rand.NewPCG(20, 1))
	for _, c := range []struct {
		faces int
		want  int
	}{{1, 1}, {15, 1}, {16, 2}, {60, 3}, {100, 5}, {5000, 5}} {
		if got := mosaic.FairDistance(c.faces); got != c.want {
			t.Errorf("%d faces: distance %d, want %d", c.faces, got, c.want)
		}
	}
	for _, shape := range shapes {
		o := mosaic.Options{Columns: 30, Rows: 30, Shape: shape, RepeatDistance: 2, Fair: 3}
		if got := nearest(makePlan(t, scene(random, 60, 60), scenes(random, 100, 8), o)); got < 5 {
			t.Errorf("shape %d: a face is repeated at distance %v, at least 5 wanted", shape, got)
		}
	}
}

// In a smooth area a distance alone makes repeats form a pattern.
func TestRepeatsFormNoPattern(t *testing.T) {
	testenv.SkipRace(t, "TestSamePlanOnAnyNumberOfProcessors is about races")
	random := rand.New(rand.NewPCG(10, 1))
	tiles := scenes(random, 120, 8)
	for _, limit := range []int{0, 60} {
		plan := makePlan(t, plain(40, 40, 120, 110, 100), tiles,
			mosaic.Options{Columns: 60, Rows: 60, Tint: 8, RepeatDistance: 3, MaxUses: limit, Everyone: true})
		faces := make([]int, len(plan.Cells))
		for c, cell := range plan.Cells {
			faces[c] = plan.Face[cell.Tile]
		}
		if got := likeness.RepeatPattern(faces, plan.Columns); got > 2 {
			t.Errorf("at most %d uses: pattern of repeats is %.2f, want at most 2", limit, got)
		}
	}
}

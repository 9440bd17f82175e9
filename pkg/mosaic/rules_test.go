package mosaic_test

import (
	"math/rand/v2"
	"testing"

	"smalti/pkg/mosaic"
	"smalti/pkg/testenv"
)

// Whatever is asked, the plan is whole and keeps what it does not call relaxed; and what the
// numbers allow with room to spare is never relaxed.
func TestRules(t *testing.T) {
	testenv.SkipSlow(t)
	seeds := uint64(450)
	large := map[int]int{}
	for seed := range seeds {
		random := rand.New(rand.NewPCG(seed, 7))
		tiles := scenes(random, 1+random.IntN(60), 8)
		o := mosaic.Options{
			Columns: 1 + random.IntN(24), Rows: 1 + random.IntN(24),
			Tint: float64(random.IntN(2) * random.IntN(20)), RepeatDistance: random.IntN(6),
			MaxUses: random.IntN(2) * random.IntN(20), Everyone: random.IntN(2) == 0, Seed: seed,
			Shape: mosaic.Shape(seed % 3), Fair: []float64{0, 1, 1.5, 3}[seed/3%4],
		}
		if seed%2 == 0 {
			o.Crops = quarters(tiles)
		}
		target := scene(random, 90, 70)
		if o.Shape == mosaic.Detail && seed%4 > 0 {
			soften(append(tiles, target)...) // so that there are large cells
		}
		plan := makePlan(t, target, tiles, o)
		kept(t, plan, len(tiles), o)
		for _, c := range plan.Cells {
			large[c.Span]++
		}

		cells := o.Columns * o.Rows
		d := max(1, o.RepeatDistance)
		roomy := (o.Fair == 0 || o.Fair > 1) && len(tiles) >= 3*d*d && (o.MaxUses == 0 || o.MaxUses*len(tiles) >= 2*cells) && len(tiles) <= cells
		if roomy && len(plan.Relaxed) > 0 {
			t.Errorf("seed %d: %d tiles, %+v: relaxed %+v", seed, len(tiles), o, plan.Relaxed)
		}
	}
	if large[2] < int(seeds) || large[4] < int(seeds)/10 {
		t.Errorf("cells by span: %v: too few large ones to say anything about them", large)
	}
}

// Where the rules just fit, they are kept.
func TestRulesThatJustFit(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(1, 1))
	target := scene(random, 96, 96)
	for _, c := range []struct {
		name  string
		tiles int
		o     mosaic.Options
	}{
		{"each exactly once", 144, mosaic.Options{Columns: 12, Rows: 12, MaxUses: 1}},
		{"each exactly once by everyone", 144, mosaic.Options{Columns: 12, Rows: 12, Everyone: true}},
		{"each exactly twice", 72, mosaic.Options{Columns: 12, Rows: 12, MaxUses: 2}},
		{"as many faces as the distance needs", 9, mosaic.Options{Columns: 12, Rows: 12, RepeatDistance: 3}},
		{"the same, everyone and a limit", 9, mosaic.Options{Columns: 12, Rows: 12, RepeatDistance: 3, MaxUses: 16, Everyone: true}},
		{"a limit that leaves no room", 16, mosaic.Options{Columns: 12, Rows: 12, RepeatDistance: 3, MaxUses: 9}},
		{"a distance as large as the grid", 144, mosaic.Options{Columns: 12, Rows: 12, RepeatDistance: 50}},
		{"a row", 3, mosaic.Options{Columns: 200, Rows: 1, RepeatDistance: 3}},
		{"a column", 5, mosaic.Options{Columns: 1, Rows: 99, RepeatDistance: 5, Everyone: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := makePlan(t, target, scenes(random, c.tiles, 8), c.o)
			kept(t, plan, c.tiles, c.o)
			if len(plan.Relaxed) > 0 {
				t.Errorf("relaxed %+v", plan.Relaxed)
			}
		})
	}
}

func TestRelaxation(t *testing.T) {
	testenv.SkipSlow(t)
	random := rand.New(rand.NewPCG(2, 1))
	target := scene(random, 90, 90)
	for _, c := range []struct {
		name  string
		tiles int
		o     mosaic.Options
		want  []mosaic.Relaxation // without Why
	}{
		{"too few uses", 20, mosaic.Options{Columns: 10, Rows: 10, MaxUses: 2},
			[]mosaic.Relaxation{{Rule: mosaic.RuleMaxUses, Asked: 2, Got: 5}}},
		{"too few faces", 8, mosaic.Options{Columns: 10, Rows: 10, RepeatDistance: 3},
			[]mosaic.Relaxation{{Rule: mosaic.RuleRepeatDistance, Asked: 3, Got: 2}}},
		{"too few cells", 20, mosaic.Options{Columns: 4, Rows: 3, Everyone: true},
			[]mosaic.Relaxation{{Rule: mosaic.RuleEveryone, Asked: 20, Got: 12}}},
		{"one photo", 1, mosaic.Options{Columns: 5, Rows: 5, RepeatDistance: 3, MaxUses: 2, Everyone: true},
			[]mosaic.Relaxation{{Rule: mosaic.RuleMaxUses, Asked: 2, Got: 25}, {Rule: mosaic.RuleRepeatDistance, Asked: 3, Got: 1}}},
		{"uses go before the distance", 11, mosaic.Options{Columns: 9, Rows: 9, RepeatDistance: 3, MaxUses: 8},
			[]mosaic.Relaxation{{Rule: mosaic.RuleMaxUses, Asked: 8, Got: 9}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := makePlan(t, target, scenes(random, c.tiles, 8), c.o)
			kept(t, plan, c.tiles, c.o)
			if len(plan.Relaxed) != len(c.want) {
				t.Fatalf("relaxed %+v, want %+v", plan.Relaxed, c.want)
			}
			for i, got := range plan.Relaxed {
				got.Why = ""
				if got != c.want[i] {
					t.Errorf("relaxed %+v, want %+v", got, c.want[i])
				}
			}
		})
	}
}

// Bands that are improved at the same time keep together what none of them can see alone.
func TestRulesAcrossBands(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	const tiles = 70
	for _, o := range []mosaic.Options{
		{Columns: 12, Rows: 100, RepeatDistance: 3, MaxUses: 18, Everyone: true},
		{Columns: 12, Rows: 100, RepeatDistance: 2, Tint: 8, MaxUses: 25},
		{Columns: 12, Rows: 100, RepeatDistance: 3, Everyone: true},
	} {
		plan := makePlan(t, scene(random, 60, 500), scenes(random, tiles, 8), o)
		kept(t, plan, tiles, o)
		if len(plan.Relaxed) > 0 {
			t.Errorf("%+v: relaxed %+v", o, plan.Relaxed)
		}
	}
}

package photo

// Got says how a photo was had.
type Got string

// The ways.
const (
	Kept      Got = "kept"      // its tile was kept, and is fresh
	Unchanged Got = "unchanged" // its tile was kept, and its server was asked whether it still holds
	Loaded    Got = "loaded"    // its bytes were
	Drawn     Got = "drawn"     // of the demo
	Missing   Got = "missing"   // it could not be had
)

// Gots are all of them.
var Gots = []Got{Kept, Unchanged, Loaded, Drawn, Missing}

func (g *Gatherer) got(how Got, bytes int) {
	if g.Got != nil {
		g.Got(how, bytes)
	}
}

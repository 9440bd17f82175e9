package gather

// Outcome says where a tile came from.
type Outcome string

// The outcomes.
const (
	Cached     Outcome = "kept"      // from the cache, and fresh
	Unchanged  Outcome = "unchanged" // from the cache, after its server was asked
	Downloaded Outcome = "loaded"    // from the web or the store
	Drawn      Outcome = "drawn"     // for the demonstration
	Missing    Outcome = "missing"   // there is none
)

// Outcomes are all outcomes.
var Outcomes = []Outcome{Cached, Unchanged, Downloaded, Drawn, Missing}

func (g *Gatherer) observe(how Outcome, bytes int) {
	if g.Observe != nil {
		g.Observe(how, bytes)
	}
}

package mosaics

import (
	"context"
	"sync"
	"time"

	"smalti/pkg/pause"
	"smalti/web/internal/answer"
)

const (
	// freshFor is how long an answer is repeated to everybody. Then one poll asks again.
	freshFor = 25 * time.Millisecond

	// recentFor is how long it is repeated to the others meanwhile. It is a tenth of the shortest pause between
	// two polls of a page.
	recentFor = 2 * freshFor

	// maxRecent bounds the memory to a megabyte or two.
	maxRecent = 2000
)

// recent repeats answers to those who poll the same mosaic within a moment: many may follow one link. The zero
// value knows none. It is safe for concurrent use.
type recent struct {
	mu    sync.Mutex
	known map[string]*recentAnswer // by id
}

// recentAnswer is the same for everybody who polls.
type recentAnswer struct {
	answer.Tagged
	hint   time.Duration // when to poll again; 0: the state is final
	asked  time.Time     // at least as new as this
	asking bool          // one poll is finding out the next one
}

// get returns an answer that need not be found out again. A poll that gets none does that.
func (r *recent) get(id string) (a recentAnswer, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.known[id]
	if known == nil {
		return a, false
	}
	age := time.Since(known.asked)
	if age >= recentFor || age >= freshFor && !known.asking {
		known.asking = true
		return a, false
	}
	return *known, true
}

// put remembers an answer.
func (r *recent) put(id string, a recentAnswer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.known[id]; known != nil && known.asked.After(a.asked) {
		return
	}
	if r.known == nil || len(r.known) >= maxRecent {
		r.known = make(map[string]*recentAnswer)
	}
	r.known[id] = &a
}

func (r *recent) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, id)
}

// awaitForgotten waits until no other web server repeats an answer from before.
func awaitForgotten(ctx context.Context) { pause.For(ctx, recentFor) }

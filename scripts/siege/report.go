//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"smalti/pkg/harness"
)

// The promises, under every attack.
const (
	mostMemory = 150e6
	slowest    = 500 * time.Millisecond
	lastPlace  = 3
)

// stats are of the honest requests. They are safe for concurrent use.
type stats struct {
	mu       sync.Mutex
	took     []time.Duration
	failed   int
	failures []string // the first ones
}

func (s *stats) ok(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, took)
}

func (s *stats) fail(took time.Duration, format string, args ...any) {
	s.ok(took)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed++
	if len(s.failures) < 10 {
		s.failures = append(s.failures, fmt.Sprintf(format, args...))
	}
}

// result of the honest requests.
type result struct {
	requests, failed int
	p50, p95         time.Duration
}

func (s *stats) result() result {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.took)
	return result{len(s.took), s.failed, harness.Percentile(s.took, 50), harness.Percentile(s.took, 95)}
}

// report is a row of the table.
type report struct {
	attack   string
	took     time.Duration
	sent     string
	findings findings
	peak     int64 // bytes
	honest   result
	postcard int // its worst place among the attacker's jobs; 0: there were none
	failures []string
}

// broken lists the broken promises.
func (r *report) broken() (all []string) {
	all = append(all, r.findings.broken...)
	if r.peak >= mostMemory {
		all = append(all, "memory")
	}
	if r.honest.failed > 0 || r.honest.requests == 0 {
		all = append(all, "honest requests failed")
	}
	if r.honest.p95 >= slowest {
		all = append(all, "p95")
	}
	if r.postcard > lastPlace {
		all = append(all, "postcard")
	}
	return all
}

// writeTable writes the table in Markdown.
func writeTable(w io.Writer, reports []report) {
	if len(reports) == 0 {
		return
	}
	fmt.Fprintln(w, "| attack | the attacker sent | it cost | front end, MB | honest requests | failed | p50 / p95, ms | postcard before the attacker's job | verdict |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|")
	for _, r := range reports {
		place, verdict := "-", "kept"
		if r.postcard > 0 {
			place = fmt.Sprint(r.postcard)
		}
		if b := r.broken(); len(b) > 0 {
			verdict = "BROKEN: " + strings.Join(b, "; ")
		}
		fmt.Fprintf(w, "| %s, %.0f s | %s | %s | %.0f | %d | %d | %d / %d | %s | %s |\n",
			r.attack, r.took.Seconds(), r.sent, strings.Join(r.findings.costs, "; "), float64(r.peak)/1e6,
			r.honest.requests, r.honest.failed, r.honest.p50.Milliseconds(), r.honest.p95.Milliseconds(), place, verdict)
	}
}

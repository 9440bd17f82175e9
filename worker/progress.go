package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"smalti/pkg/job"
)

// progress shows a line that changes on a terminal, and nothing elsewhere.
type progress struct {
	w     io.Writer
	shown job.Progress

	spent map[job.Phase]time.Duration // processor time, by phase
	since time.Duration               // when the phase began
}

func newProgress(w io.Writer) *progress {
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		w = io.Discard
	}
	return &progress{w: w, spent: make(map[job.Phase]time.Duration)}
}

// eraseLine returns to the line's start and clears it (ECMA-48, CR and EL).
const eraseLine = "\r\x1b[K"

func (p *progress) update(now job.Progress) {
	if now == p.shown {
		return
	}
	if now.Phase != p.shown.Phase {
		p.count()
	}
	p.shown = now
	fmt.Fprintf(p.w, eraseLine+"%s %d/%d", now.Phase, now.Done, now.Total)
}

func (p *progress) clear() { fmt.Fprint(p.w, eraseLine) }

// count adds what was spent since the last call to the phase that is shown.
func (p *progress) count() {
	now := cpuTime()
	p.spent[p.shown.Phase] += now - p.since
	p.since = now
}

// cost is the processor time of each phase. What was spent before the first one is told as reading.
func (p *progress) cost() string {
	p.count()
	parts := []string{fmt.Sprintf("reading %.2f s", p.spent[""].Seconds())}
	for _, phase := range []job.Phase{job.Gathering, job.Matching, job.Composing, job.Delivering} {
		parts = append(parts, fmt.Sprintf("%s %.2f s", phase, p.spent[phase].Seconds()))
	}
	return "CPU: " + strings.Join(parts, ", ")
}

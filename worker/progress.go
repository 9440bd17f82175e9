package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"smalti/pkg/job"
)

// progress shows a line that changes on a terminal, and nothing elsewhere.
type progress struct {
	w     io.Writer
	shown job.Progress
}

func newProgress(w io.Writer) *progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progress{w: w}
	}
	return &progress{w: io.Discard}
}

// eraseLine returns to the line's start and clears it (ECMA-48, CR and EL).
const eraseLine = "\r\x1b[K"

func (p *progress) update(now job.Progress) {
	if now == p.shown {
		return
	}
	p.shown = now
	fmt.Fprintf(p.w, eraseLine+"%s %d/%d", now.Phase, now.Done, now.Total)
}

func (p *progress) clear() { fmt.Fprint(p.w, eraseLine) }

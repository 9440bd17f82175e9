package upkeep

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// JournalFaults reports journal files that cannot be used: in the log when they are found and once an hour,
// in a metric, and on the page for operators. It is safe for concurrent use.
type JournalFaults struct {
	Log     *slog.Logger
	Measure func(unreadable, damaged int)

	mu      sync.Mutex
	now     map[string]error // by the mosaic's id, or the directory
	damaged int
	logged  time.Time
}

const journalReminder = time.Hour

// note is told what one round of the reconciler found: files that it could not use, and how many damaged
// ones have been set aside.
func (f *JournalFaults) note(bad map[string]error, damaged int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Measure(len(bad), damaged)
	for _, id := range slices.Sorted(maps.Keys(bad)) {
		if _, known := f.now[id]; !known {
			f.Log.Error("journal file cannot be used; trying again every few seconds", "job", id, "error", bad[id])
		}
	}
	for id := range f.now {
		if bad[id] == nil {
			f.Log.Info("journal file can be used again", "job", id)
		}
	}
	if len(f.now) == 0 && f.damaged == 0 {
		f.logged = time.Now() // the new ones have just been logged
	}
	f.now, f.damaged = bad, damaged
	if len(bad)+damaged > 0 && time.Since(f.logged) >= journalReminder {
		f.logged = time.Now()
		f.Log.Error("journal files still cannot be used", "unreadable", len(bad), "damaged", damaged, "some", some(bad))
	}
}

// Alarms are sentences for the operators' page.
func (f *JournalFaults) Alarms() (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.now); n > 0 {
		all = append(all, fmt.Sprintf("%d journal files of this web server cannot be used: %s. Their mosaics wait. Look at the disk.", n, some(f.now)))
	}
	if f.damaged > 0 {
		all = append(all, fmt.Sprintf("%d damaged journal files of this web server were set aside in journal/damaged. Their mosaics failed.", f.damaged))
	}
	return all
}

// some names the first few files with their errors.
func some(bad map[string]error) string {
	const most = 3
	text := ""
	for i, id := range slices.Sorted(maps.Keys(bad)) {
		switch {
		case i == most:
			return text + ", …"
		case i > 0:
			text += ", "
		}
		text += fmt.Sprintf("%s (%v)", id, bad[id])
	}
	return text
}

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// NewJournal registers a gauge of unusable journal files. Call the result with the current numbers: of files
// that cannot be read or written, and of damaged ones that were set aside.
func NewJournal(r prometheus.Registerer) func(unreadable, damaged int) {
	g := with(r).gauges("journal_bad_files", "Files of this process's journal that cannot be used: unreadable, or damaged and set aside.", "state")
	set := func(unreadable, damaged int) {
		g.WithLabelValues("unreadable").Set(float64(unreadable))
		g.WithLabelValues("damaged").Set(float64(damaged))
	}
	set(0, 0)
	return set
}

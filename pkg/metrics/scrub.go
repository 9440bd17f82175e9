package metrics

import "github.com/prometheus/client_golang/prometheus"

// Scrub counts what this process found when it read finished mosaics again.
type Scrub struct{ bytes, mended, lost prometheus.Counter }

// NewScrub registers the counters.
func NewScrub(r prometheus.Registerer) Scrub {
	f := with(r)
	return Scrub{
		bytes:  f.counter("scrubbed_bytes_total", "Bytes of finished mosaics that were read again and compared with their hashes."),
		mended: f.counter("mosaics_mended_total", "Finished mosaics that were damaged, and replaced by another copy."),
		lost:   f.counter("mosaics_lost_total", "Finished mosaics that were damaged, and of which there was no other copy."),
	}
}

// Read counts bytes that were read.
func (s Scrub) Read(bytes int) { s.bytes.Add(float64(bytes)) }

// Mended counts a damaged mosaic that was replaced.
func (s Scrub) Mended() { s.mended.Inc() }

// Lost counts a damaged mosaic that could not be replaced.
func (s Scrub) Lost() { s.lost.Inc() }

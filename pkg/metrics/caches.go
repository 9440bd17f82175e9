package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/cache"
	"smalti/pkg/gather"
)

var (
	cacheLookups = describe("cache_lookups_total", "Values looked up: found in memory or in Redis, or missed.", "cache", "result")
	cacheDropped = describe("cache_dropped_total", "Values that never reached Redis, since it was slow or away.", "cache")
	cacheBytes   = describe("cache_memory_bytes", "What a cache holds in this process.", "cache")
)

// Caches exports the hits and misses of the caches of this process, by name.
type Caches map[string]func() cache.Stats

// Describe implements prometheus.Collector.
func (Caches) Describe(ch chan<- *prometheus.Desc) {
	ch <- cacheLookups
	ch <- cacheDropped
	ch <- cacheBytes
}

// Collect implements prometheus.Collector.
func (c Caches) Collect(ch chan<- prometheus.Metric) {
	for name, stats := range c {
		s := stats()
		count := func(d *prometheus.Desc, n int64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{name}, labels...)...)
		}
		count(cacheLookups, s.Hits, "memory")
		count(cacheLookups, s.SharedHits, "redis")
		count(cacheLookups, s.Misses, "miss")
		count(cacheDropped, s.Dropped)
		ch <- prometheus.MustNewConstMetric(cacheBytes, prometheus.GaugeValue, float64(s.Bytes), name)
	}
}

// NewPhotos registers how photos were had, and returns what a gather.Gatherer tells of each.
func NewPhotos(r prometheus.Registerer) func(how gather.Outcome, bytes int) {
	f := with(r)
	got := f.counters("photos_gathered_total", "Photos by source: kept, unchanged, loaded, drawn or missing.", "how")
	bytes := f.counter("photos_loaded_bytes_total", "Bytes of photos that were loaded.")
	for _, how := range gather.Outcomes {
		got.WithLabelValues(string(how))
	}
	return func(how gather.Outcome, n int) {
		got.WithLabelValues(string(how)).Inc()
		bytes.Add(float64(n))
	}
}

// Package metrics defines the metrics of web and workers for Prometheus. All names begin with smalti_, and
// units are seconds and bytes.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"smalti/pkg/version"
)

const namespace = "smalti"

// NewRegistry returns a registry with the metrics of every process: the Go runtime, the process itself and its
// version.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "1; the label says which version runs.",
		ConstLabels: prometheus.Labels{"version": version.String()},
	})
	build.Set(1)
	r.MustRegister(build)
	return r
}

// Handler answers with the registry's metrics.
func Handler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{Registry: r})
}

// seconds are the bounds of durations from a poll's milliseconds to a poster's minutes.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300}

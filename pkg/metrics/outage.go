package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/admin"
	"smalti/pkg/ftpserver"
	"smalti/pkg/outage"
)

// NewOutages registers a gauge of what keeps this process from working, with every kind at zero, and
// returns what an outage.Monitor notifies.
func NewOutages(r prometheus.Registerer) func(k outage.Kind, on bool) {
	now := with(r).gauges("outage", "1 while this keeps the process from working; the log says what to do.", "kind")
	set := func(k outage.Kind, on bool) { now.WithLabelValues(string(k)).Set(number(on)) }
	for _, k := range outage.Kinds {
		set(k, false)
	}
	return set
}

// NewRefused registers a counter of what our own store refused, by reason, and returns what to call for
// each.
func NewRefused(r prometheus.Registerer) func(ftpserver.Refusal) {
	return newRefusals(r, "store_refused_total", "What the store in this process refused, by reason.", ftpserver.Refusals)
}

// NewAdminRefused is NewRefused for the admin listener.
func NewAdminRefused(r prometheus.Registerer) func(admin.Refusal) {
	return newRefusals(r, "admin_refused_total", "Requests that the admin listener refused, by reason.", admin.Refusals)
}

func newRefusals[Reason ~string](r prometheus.Registerer, name, help string, reasons []Reason) func(Reason) {
	c := with(r).counters(name, help, "reason")
	for _, why := range reasons {
		c.WithLabelValues(string(why))
	}
	return func(why Reason) { c.WithLabelValues(string(why)).Inc() }
}

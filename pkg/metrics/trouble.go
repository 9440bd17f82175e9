package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"smalti/pkg/admin"
	"smalti/pkg/store"
	"smalti/pkg/trouble"
)

// Troubles shows what a process waits for.
type Troubles struct{ now *prometheus.GaugeVec }

// NewTroubles registers the gauge, with every kind of trouble at zero.
func NewTroubles(r prometheus.Registerer) Troubles {
	t := Troubles{promauto.With(r).NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Name: "trouble",
		Help: "1 while this process cannot work because of it; the log says what to do.",
	}, []string{"kind"})}
	for _, k := range trouble.Kinds {
		t.Seen(k, false)
	}
	return t
}

// Seen notes that a trouble began, or is over. It is a trouble.Watch's.
func (t Troubles) Seen(k trouble.Kind, on bool) { t.now.WithLabelValues(string(k)).Set(number(on)) }

// NewRefused registers a counter of what our own store refused, by reason, and returns what to call for
// each.
func NewRefused(r prometheus.Registerer) func(store.Refusal) {
	return newRefusals(r, "store_refused_total", "What the store in this process refused, by reason.", store.Refusals)
}

// NewAdminRefused is NewRefused for the admin listener.
func NewAdminRefused(r prometheus.Registerer) func(admin.Refusal) {
	return newRefusals(r, "admin_refused_total", "Requests that the admin listener refused, by reason.", admin.Refusals)
}

func newRefusals[Reason ~string](r prometheus.Registerer, name, help string, reasons []Reason) func(Reason) {
	c := promauto.With(r).NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{"reason"})
	for _, why := range reasons {
		c.WithLabelValues(string(why))
	}
	return func(why Reason) { c.WithLabelValues(string(why)).Inc() }
}

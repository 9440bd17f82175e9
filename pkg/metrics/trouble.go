package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

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
	c := promauto.With(r).NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "store_refused_total", Help: "What the store in this process refused, by reason.",
	}, []string{"reason"})
	for _, why := range store.Refusals {
		c.WithLabelValues(string(why))
	}
	return func(why store.Refusal) { c.WithLabelValues(string(why)).Inc() }
}

package metrics

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
)

// Web counts requests.
type Web struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	sent     prometheus.Counter
	open     prometheus.Gauge
	dropped  *prometheus.CounterVec
}

// NewWeb registers the metrics of a web server.
func NewWeb(r prometheus.Registerer) *Web {
	f := with(r)
	return &Web{
		requests: f.counters("http_requests_total", "Requests answered.", "route", "method", "code"),
		took:     f.seconds("http_request_seconds", "How long answers took.", "route"),
		sent:     f.counter("http_sent_bytes_total", "Bytes of answers' bodies."),
		open:     f.gauge("http_open_requests", "Requests being answered."),
		dropped:  f.counters("http_dropped_connections_total", "Connections that were closed because their client had too many, or read too slowly.", "reason"),
	}
}

// TooMany counts a connection that was refused because its client had too many.
func (m *Web) TooMany() { m.dropped.WithLabelValues("too_many").Inc() }

// TooSlow counts a connection that was closed because its client read too slowly.
func (m *Web) TooSlow() { m.dropped.WithLabelValues("too_slow").Inc() }

// Shown measures how long people wait for a mosaic.
type Shown struct{ took prometheus.Observer }

// NewShown registers the histogram.
func NewShown(r prometheus.Registerer) Shown {
	return Shown{with(r).seconds("mosaic_shown_seconds", "From a request to the first answer of this server that says that its mosaic is done.").WithLabelValues()}
}

// Observe measures one mosaic.
func (s Shown) Observe(took time.Duration) { s.took.Observe(took.Seconds()) }

// Middleware counts each request under the route that it matched, so that there are only as many series as
// routes, whatever is requested.
func (m *Web) Middleware(next http.Handler) http.Handler {
	return m.counting(next, func(r *http.Request) (string, prometheus.Observer) {
		route := "none"
		if matched := mux.CurrentRoute(r); matched != nil {
			if t, err := matched.GetPathTemplate(); err == nil {
				route = t
			}
		}
		return route, m.took.WithLabelValues(route)
	})
}

// Of counts all requests under one route.
func (m *Web) Of(route string, next http.Handler) http.Handler {
	took := m.took.WithLabelValues(route)
	return m.counting(next, func(*http.Request) (string, prometheus.Observer) { return route, took })
}

// counting counts requests under the routes that routeOf returns, with how long their answers took.
func (m *Web) counting(next http.Handler, routeOf func(*http.Request) (string, prometheus.Observer)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.open.Inc()
		defer m.open.Dec()
		start, c := time.Now(), &counted{ResponseWriter: w, code: http.StatusOK}
		defer func() {
			route, took := routeOf(r)
			m.requests.WithLabelValues(route, method(r.Method), strconv.Itoa(c.code)).Inc()
			took.Observe(time.Since(start).Seconds())
			m.sent.Add(float64(c.bytes))
		}()
		next.ServeHTTP(c, r)
	})
}

func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete:
		return m
	}
	return "other"
}

// counted counts what is answered.
type counted struct {
	http.ResponseWriter
	code  int
	bytes int64
	told  bool
}

func (c *counted) WriteHeader(code int) {
	if !c.told {
		c.code, c.told = code, true
	}
	c.ResponseWriter.WriteHeader(code)
}

func (c *counted) Write(b []byte) (int, error) {
	c.told = true
	n, err := c.ResponseWriter.Write(b)
	c.bytes += int64(n)
	return n, err
}

// ReadFrom lets the kernel send files by itself.
func (c *counted) ReadFrom(r io.Reader) (int64, error) {
	c.told = true
	n, err := io.Copy(c.ResponseWriter, r)
	c.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach what is below.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

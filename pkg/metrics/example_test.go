package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"smalti/pkg/metrics"
	"smalti/pkg/outage"
)

func ExampleHandler() {
	r := metrics.NewRegistry()
	metrics.NewOutages(r)(outage.StoreFull, true)
	w := httptest.NewRecorder()
	metrics.Handler(r).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "store_full") {
			fmt.Print(line)
		}
	}
	// Output: smalti_outage{kind="store_full"} 1
}

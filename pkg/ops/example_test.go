package ops_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"smalti/pkg/fleet"
	"smalti/pkg/ops"
)

type pausing struct{ ops.Queue }

func (pausing) Pause(context.Context) error {
	fmt.Println("paused")
	return nil
}

func ExampleAdd() {
	m := http.NewServeMux()
	ops.Add(m, pausing{}, func() fleet.View { return fleet.View{} }, nil, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ops/pause", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output:
	// paused
	// 303 /ops
}

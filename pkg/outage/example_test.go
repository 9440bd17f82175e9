package outage_test

import (
	"errors"
	"fmt"
	"log/slog"

	"smalti/pkg/outage"
)

func ExampleMonitor() {
	m := &outage.Monitor{
		Log:    slog.New(slog.DiscardHandler),
		Notify: func(k outage.Kind, on bool) { fmt.Println(k, on) },
	}
	m.Store(errors.New("connection refused"))
	m.Store(errors.New("connection refused")) // the same outage
	m.Store(nil)
	// Output:
	// store_away true
	// store_away false
}

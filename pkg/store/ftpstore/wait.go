package ftpstore

import (
	"context"

	"smalti/pkg/store"
)

// wait is that of one call.
type wait struct {
	ctx   context.Context
	waits store.Waits // nil: not refused yet, or nobody observes it
}

func (w *wait) refused() {
	if w.waits == nil {
		if w.waits = store.WaitsOf(w.ctx); w.waits == nil {
			return
		}
		w.waits.Begin()
	}
	w.waits.Refused()
}

func (w *wait) end() {
	if w.waits != nil {
		w.waits.End()
	}
}

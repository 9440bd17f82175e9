package intake

import (
	"context"
	"net/http"

	"smalti/pkg/job"
	"smalti/pkg/render"
	"smalti/pkg/worker"
	"smalti/web/internal/problem"
)

// fits refuses a mosaic that no worker has the memory for, while somebody is there to be told. Where
// there are no workers just now, or nobody knows, it is accepted: a large enough one may come.
func (s *Intake) fits(ctx context.Context, p *job.Package) error {
	need := render.Memory(p)
	beats, err := s.Queue.Beats(ctx)
	if err != nil || len(beats) == 0 {
		return nil //nolint:nilerr // mosaics are accepted without the queue, too
	}
	for _, b := range beats {
		if b.Memory == 0 || b.Memory >= need {
			return nil
		}
	}
	return problem.New(http.StatusUnprocessableEntity, worker.TooLarge(need).Says)
}

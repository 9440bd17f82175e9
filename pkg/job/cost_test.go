package job_test

import (
	"testing"

	"smalti/pkg/job"
)

func TestPriorityFollowsTheCost(t *testing.T) {
	for name, tc := range map[string]struct {
		columns, rows, tile, friends int
		extras                       []job.Extra
		want                         job.Priority
	}{
		"postcard":                        {80, 0, 24, 300, nil, job.Interactive},
		"poster":                          {100, 0, 64, 1000, nil, job.Interactive},
		"wall":                            {160, 0, 64, 300, nil, job.Bulk},
		"poster with a PDF":               {100, 0, 64, 300, []job.Extra{job.PDF}, job.Interactive},
		"a poster in name only":           {300, 300, 64, 300, nil, job.Bulk},
		"small cells, and many of them":   {340, 340, 8, 300, nil, job.Bulk},
		"few cells, and large ones":       {60, 60, 256, 300, nil, job.Bulk},
		"everybody that somebody follows": {50, 0, 32, 5000, nil, job.Bulk},
		"a poster with everything":        {100, 0, 64, 1000, []job.Extra{job.PDF, job.SZI}, job.Bulk},
	} {
		p := &job.Package{Options: job.Defaults(), Friends: make([]job.Friend, tc.friends)}
		p.Options.Columns, p.Options.Rows, p.Options.Tile, p.Options.Extras = tc.columns, tc.rows, tc.tile, tc.extras
		if got := p.PriorityByCost(); got != tc.want {
			t.Errorf("%s costs %d and is %s, want %s", name, p.Cost(), got, tc.want)
		}
	}
}

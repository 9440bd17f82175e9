package queue

import (
	"errors"
	"testing"

	"smalti/pkg/job"
)

// Whatever Redis answers, it is a status, or an error, and no panic.
func FuzzReadStatus(f *testing.F) {
	f.Add(reply("queued", "1", "", "", "", "2026-01-02T03:04:05Z", "maker", "", "3", "3600000", ""))
	f.Add(reply("running", "2", "photos", "3", "10", "2026-01-02T03:04:05Z", "maker", "", "1", "", `{"look":"2-x","files":["first.jpg"]}`))
	f.Add(reply("running", "2", "", "", "", "2026-01-02T03:04:05Z", "maker", "", "1", "", `{"look":7}`))
	f.Add(reply("done", "1", "", "", "", "2026-01-02T03:04:05Z", "m", `{"state":"done","finished":"2026-01-02T03:04:05Z"}`, "1", "1", ""))
	f.Add(reply("failed", "1", "", "", "", "x", "m", `{"state":"queued"}`, "1", "9999999999999999999", ""))
	f.Add(reply("deleted", "", "", "", "", "", "", "", "", "", ""))
	f.Add(reply("", "", "", "", "", "", "", "", "1", "", ""))
	f.Add("error: WRONGTYPE")
	f.Fuzz(func(t *testing.T, answer string) {
		id := job.NewID()
		s, err := readStatus(id, answer)
		if err == nil && (s.ID != id || s.State == "") {
			t.Errorf("a status without an id or a state: %+v", s)
		}
		if errors.Is(err, ErrDeleted) && !errors.Is(err, ErrUnknown) {
			t.Error("deleted is not unknown")
		}
	})
}

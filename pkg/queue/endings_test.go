package queue

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"smalti/pkg/job"
)

func reply(fields ...string) string { return strings.Join(fields, statusSeparator) }

func doneReply(outcome string) string {
	return reply("done", "1", "", "", "", "2026-01-02T03:04:05Z", "somebody", outcome, "1", "1000", "")
}

const outcome = `{"state":"done","finished":"2026-01-02T03:04:06Z","result":{"friends":%d,"files":["poster.jpg"]}}`

// What is remembered is what would be read, for as long as Redis says the same.
func TestEndingsAreReadOnce(t *testing.T) {
	var e endings
	a, b := job.NewID(), job.NewID()
	for _, friends := range []int{3, 3, 4, 3} {
		for _, id := range []string{a, b, a} {
			said := doneReply(fmt.Sprintf(outcome, friends))
			got, err := e.read(id, said)
			want, _ := readStatus(id, said)
			if err != nil || got.ID != id || got.Result.Friends != friends || !got.Expires.Equal(want.Expires) || got.Owner != "somebody" {
				t.Fatalf("%+v, %v; want %+v", got, err, want)
			}
		}
	}
	first, _ := e.read(a, doneReply(fmt.Sprintf(outcome, 3)))
	second, _ := e.read(a, doneReply(fmt.Sprintf(outcome, 3)))
	if first.Result != second.Result {
		t.Error("the same text was read twice")
	}
	if _, err := e.read(a, reply("deleted", "", "", "", "", "", "", "", "1", "", "")); !errors.Is(err, ErrDeleted) {
		t.Errorf("deleted meanwhile: %v", err)
	}
	if _, err := e.read(a, doneReply("{")); err == nil {
		t.Error("a damaged text is read as the one before")
	}
	if s, err := e.read(a, reply("queued", "1", "", "", "", "2026-01-02T03:04:05Z", "m", "", "7", "", "")); err != nil || s.State != job.Queued || s.Position != 7 {
		t.Errorf("queued again: %+v, %v", s, err)
	}
	if _, err := e.read(a, ""); err == nil {
		t.Error("an empty reply has a status")
	}
}

func TestEndingsAreBounded(t *testing.T) {
	var e endings
	for range 2*maxEndings + 10 {
		if _, err := e.read(job.NewID(), doneReply(fmt.Sprintf(outcome, 1))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(e.known); n == 0 || n > maxEndings {
		t.Errorf("%d are known", n)
	}
}

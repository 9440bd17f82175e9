package queue

import (
	"encoding/json"
	"errors"
	"testing"

	"smalti/pkg/job"
)

// Whatever Redis answers, it is a status, or an error, and no panic.
func FuzzReadStatus(f *testing.F) {
	f.Add(`["queued","1","","","","2026-01-02T03:04:05Z","maker","",3,"3600000"]`)
	f.Add(`["running","2","photos","3","10","2026-01-02T03:04:05Z","maker","",1,null]`)
	f.Add(`["done","1",null,null,null,"2026-01-02T03:04:05Z","m","{\"state\":\"done\",\"finished\":\"2026-01-02T03:04:05Z\"}",1,"1"]`)
	f.Add(`["failed","1",null,null,null,"x","m","{\"state\":\"queued\"}",1,"9999999999999999999"]`)
	f.Add(`["deleted"]`)
	f.Add(`["",null,null,null,null,null,null,false,1,null]`)
	f.Add(`[{"a":1},[2],3,true]`)
	f.Fuzz(func(t *testing.T, text string) {
		var answer []any
		if json.Unmarshal([]byte(text), &answer) != nil {
			return
		}
		for i, x := range answer {
			if n, ok := x.(float64); ok { // as the client has it
				answer[i] = int64(n)
			}
		}
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

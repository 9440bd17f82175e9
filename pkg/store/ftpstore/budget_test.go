package ftpstore

import (
	"testing"
	"testing/synctest"
	"time"
)

// Who is refused gives sessions back, and asks for one more at a time.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b budget
		for range 8 {
			if !mayOpen(&b) {
				t.Fatal("nothing may be opened at first")
			}
			b.begin()
			b.succeeded(time.Now())
		}
		b.begin()
		if b.failed(time.Now(), busy, time.Minute) {
			t.Error("it gives up with sessions in hand")
		}
		if mayOpen(&b) || !b.tooMany() {
			t.Error("a refusal changes nothing")
		}
		for b.tooMany() {
			b.ended()
		}
		if b.open != 4 {
			t.Errorf("%d sessions are kept of 8", b.open)
		}
		time.Sleep(2 * time.Second)
		if !mayOpen(&b) {
			t.Error("it does not try again")
		}
		b.begin()
		b.succeeded(time.Now())
		if mayOpen(&b) {
			t.Error("it asks for two more at once")
		}
	})
}

func mayOpen(b *budget) bool {
	ok, _ := b.mayOpen(time.Now())
	return ok
}

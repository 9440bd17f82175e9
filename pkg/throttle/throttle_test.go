package throttle

import (
	"fmt"
	"net"
	"testing"
	"time"
)

func TestGuessesAreSlowedDown(t *testing.T) {
	var g Guesses
	now := time.Now()
	for i, want := range []time.Duration{0, 0, 0, 500, 1000, 1500} { // all at once, on several connections
		if got := g.Wrong("203.0.113.7", now); got != want*time.Millisecond {
			t.Errorf("wrong password %d waits for %v, want %v", i+1, got, want*time.Millisecond)
		}
	}
	if got := g.Owed("203.0.113.7", now.Add(time.Second)); got != 500*time.Millisecond {
		t.Errorf("after a second, %v are owed", got)
	}
	for _, other := range []string{"203.0.113.8", "2001:db8::1"} {
		if owed, got := g.Owed(other, now), g.Wrong(other, now); owed != 0 || got != 0 {
			t.Errorf("%s owes %v and waits for %v", other, owed, got)
		}
	}
	if got := g.Wrong("203.0.113.7", now.Add(20*time.Minute)); got != 0 {
		t.Errorf("later: %v", got)
	}
}

// One household has a whole /64, and one client may write its address in several ways.
func TestOneClientHasManyAddresses(t *testing.T) {
	var g Guesses
	now := time.Now()
	for i := range 10 {
		g.Wrong(fmt.Sprintf("2001:db8::%d", i+1), now)
		g.Wrong("::ffff:192.0.2.1", now)
	}
	if g.Owed("2001:db8::ffff", now) != 3500*time.Millisecond || g.Owed("192.0.2.1", now) != 3500*time.Millisecond {
		t.Error(g.Owed("2001:db8::ffff", now), g.Owed("192.0.2.1", now))
	}
	if owed := g.Owed("2001:db8:0:1::1", now); owed != 0 {
		t.Errorf("another /64 owes %v", owed)
	}
}

func TestClientsAreBounded(t *testing.T) {
	var g Guesses
	now := time.Now()
	for i := range 30_000 {
		g.Wrong(net.IPv4(10, byte(i>>16), byte(i>>8), byte(i)).String(), now)
	}
	if n := len(g.by); n > maxClients+1 {
		t.Errorf("%d clients are remembered", n)
	}
	if g.Owed("192.0.2.1", now) == 0 {
		t.Error("who is not remembered owes nothing")
	}
}

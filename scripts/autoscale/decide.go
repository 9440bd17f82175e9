package main

import "time"

// decider says how many clones there should be on this host. It remembers since when fewer would be enough, so
// that a short lull stops nobody.
type decider struct {
	least, most int
	hosts       int // that share the demand
	patience    time.Duration

	enough time.Time // since when fewer are wanted; zero: they are not
}

// decide takes how many are wanted on all hosts together. It goes up at once, and down by one after each stretch of patience.
func (d *decider) decide(now time.Time, have, wanted int) int {
	wanted = (wanted + d.hosts - 1) / d.hosts
	wanted = min(max(wanted, d.least), d.most)
	if wanted >= have {
		d.enough = time.Time{}
		return wanted
	}
	if d.enough.IsZero() {
		d.enough = now
	}
	if now.Sub(d.enough) < d.patience {
		return have
	}
	d.enough = now
	return have - 1
}

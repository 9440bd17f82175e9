package main

import "time"

// decider decides how many workers this host should have. A short lull stops none.
type decider struct {
	least, most int
	hosts       int // that share the demand
	patience    time.Duration

	enough time.Time // since when fewer would be enough; zero if they would not
}

// decide returns the next number of workers. wanted is for all hosts together. It goes up at once, and down by one
// each time that fewer have been enough for d.patience.
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

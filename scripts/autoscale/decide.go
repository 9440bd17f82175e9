package main

import "time"

// decider decides how many clones this host should have. A short lull stops none.
type decider struct {
	least, most int
	hosts       int // that share the demand
	jobs        int // that a clone works on at once
	patience    time.Duration

	enough time.Time // since when fewer would be enough; zero if they would not
}

// decide returns the next number of clones. wanted is how many jobs at once all hosts together should work on. It goes up at once, and down by one
// each time that fewer have been enough for d.patience.
func (d *decider) decide(now time.Time, have, wanted int) int {
	share := d.hosts * d.jobs
	wanted = (wanted + share - 1) / share
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

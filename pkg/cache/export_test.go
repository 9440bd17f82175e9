package cache

// What the tests look at besides the exported names.
var (
	Seal       = seal
	OpenSealed = open
)

type (
	Breaker = breaker
	Outcome = outcome
)

const (
	Failed    = failed
	Worked    = worked
	Cancelled = cancelled
)

func (b *breaker) Allow() bool           { return b.allow() }
func (b *breaker) Report(o outcome) bool { return b.report(o) }

package cache

// What the tests look at besides the exported names.
var (
	Seal       = seal
	OpenSealed = open
)

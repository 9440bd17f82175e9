package gather

// What the tests look at besides the exported names.
var (
	Code       = code
	Decode     = decode
	ParseEntry = parseEntry
)

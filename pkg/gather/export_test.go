package gather

// What the tests look at besides the exported names.
var (
	PackTile   = packTile
	UnpackTile = unpackTile
	ParseEntry = parseEntry
)

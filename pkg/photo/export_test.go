package photo

// What the tests look at besides the exported names.
var (
	Orientation = orientation
	Numeric     = numeric
)

const MaxScans = maxScans

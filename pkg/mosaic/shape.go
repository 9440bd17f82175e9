package mosaic

// Shape says how cells are laid out.
type Shape int

// The shapes.
const (
	// Square cells stand in columns and rows.
	Square Shape = iota

	// Brick moves every second row half a cell to the left. The picture keeps straight edges: of
	// those rows only half of the first cell is seen, of the others half of the last, and the whole
	// is half a cell narrower than Columns.
	Brick

	// Detail has cells of four and of two times the side where the target is calm.
	Detail
)

package main

import "context"

// program makes mosaics. Another peer is one file with a type that does this, and a line in peers.
type program interface {
	Name() string

	// Version says what exactly will run. An error means that it is not installed.
	Version(ctx context.Context) (string, error)

	// Make makes a mosaic in the empty directory dir. An error is a mosaic that could not be made.
	Make(ctx context.Context, in input, dir string) (*made, error)
}

// peers are the programs that this one is measured beside.
func peers() []program {
	return []program{metapixel{picture: ".png"}, metapixel{picture: ".png", further: 1}}
}

// input is the same for everybody. The target has the shape of the grid.
type input struct {
	Target         string   // file
	Photos         string   // directory
	Names          []string // of the square photos in it; a photo's number is its index here
	Columns, Rows  int
	Tile           int // side of a cell in pixels
	RepeatDistance int // least Chebyshev distance of two uses of a photo
}

// made is a mosaic.
type made struct {
	Picture  string // file
	Cells    []int  // row by row, the number of the photo
	Cost     cost
	Commands []string // that made it
}

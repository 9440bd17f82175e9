package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// program makes mosaics. To add a peer, write a type that does this and add it to peers.
type program interface {
	Name() string

	// Version says what exactly will run. An error means that the program is not installed.
	Version(ctx context.Context) (string, error)

	// Make makes a mosaic in the empty directory dir. An error means that the program could not make it.
	Make(ctx context.Context, in input, dir string) (*made, error)
}

// peers are the programs that Smalti is compared with.
var peers = []program{metapixel{picture: ".png"}}

// overlay mixes its photos with the target: what Smalti does not do.
var overlay = metapixel{picture: ".png", cheat: 25}

// input is the same for all programs. The target has the shape of the grid.
type input struct {
	Name           string   // of the target
	Target         string   // file
	Photos         string   // directory
	Names          []string // of the square photos in it; a photo's number is its index here
	Columns, Rows  int
	Tile           int // side of a cell in pixels
	RepeatDistance int // least Chebyshev distance between two uses of a photo, in cells
}

// made is a mosaic.
type made struct {
	Picture  string // file
	Cells    []int  // row by row, the number of the photo
	Views    []view // of each cell; nil: all show the whole photo
	Cost     cost
	Commands []string
}

// view is the part of a photo that a cell shows: left, top and side, in parts of its side; all of it if they are 0.
type view [3]float64

// installed writes the versions of the programs to out and returns those that are installed.
func installed(ctx context.Context, programs []program) (found []program) {
	for _, p := range programs {
		version, err := p.Version(ctx)
		if err != nil {
			fmt.Printf("- %s is not installed: %v\n", p.Name(), err)
			continue
		}
		fmt.Printf("- %s: %s\n", p.Name(), version)
		found = append(found, p)
	}
	return found
}

// inputs writes the square photos, with a function that returns their names, and the targets that all programs get.
func (s *settings) inputs(squares func(photos []string, dir string) ([]string, error)) (all []input, err error) {
	in := input{Photos: s.temp + "/photos", Columns: s.columns, Rows: s.rows, Tile: s.tile, RepeatDistance: s.repeatDistance}
	photos, err := pictures(s.photos)
	if err != nil {
		return nil, err
	}
	if in.Names, err = squares(photos, in.Photos); err != nil {
		return nil, err
	}
	targets, err := pictures(s.targets)
	if err != nil {
		return nil, err
	}
	for _, path := range targets {
		in.Name = nameOf(path)
		if !strings.Contains(in.Name, s.only) {
			continue
		}
		img, err := read(path)
		if err != nil {
			return nil, err
		}
		in.Target = s.temp + "/" + in.Name + ".jpg"
		if err := save(in.Target, shaped(img, s.columns, s.rows)); err != nil {
			return nil, err
		}
		all = append(all, in)
	}
	if len(all) == 0 {
		return nil, errors.New("there is no such target")
	}
	return all, nil
}

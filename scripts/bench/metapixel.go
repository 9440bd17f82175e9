package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// metapixel is Mark Probst's program, with metapixel-prepare before it. Its distance is the number of cells
// between two uses: 2 is Smalti's repeat distance of 3.
type metapixel struct {
	picture string // what it writes: ".png" as in its manual, or ".jpg"
	cheat   int    // how much of the target is laid over the photos, in percent
}

func (m metapixel) Name() string {
	if m.cheat > 0 {
		return fmt.Sprintf("metapixel -a %d", m.cheat)
	}
	if m.picture == ".png" {
		return "metapixel"
	}
	return "metapixel, writing " + m.picture
}

func (m metapixel) Version(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("metapixel-prepare"); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "metapixel", "--version").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	return first, err
}

func (m metapixel) Make(ctx context.Context, in input, dir string) (*made, error) {
	if err := os.Mkdir(filepath.Join(dir, "library"), 0o777); err != nil {
		return nil, err
	}
	side := strconv.Itoa(in.Tile)
	prepare := []string{"metapixel-prepare", "--width=" + side, "--height=" + side, in.Photos, "library"}
	first, err := start(ctx, dir, prepare[0], prepare[1:]...)
	if err != nil {
		return nil, err
	}
	scale, err := scaleTo(in.Target, in.Columns*in.Tile)
	if err != nil {
		return nil, err
	}
	distance := strconv.Itoa(max(0, in.RepeatDistance-1))
	picture := "mosaic" + m.picture
	draw := []string{"metapixel", "--width=" + side, "--height=" + side, "--distance=" + distance, "--cheat=" + strconv.Itoa(m.cheat),
		"--scale=" + scale, "--library=library", "--out=protocol", "--metapixel", in.Target, picture}
	second, err := start(ctx, dir, draw[0], draw[1:]...)
	if err != nil {
		return nil, err
	}
	cells, err := readProtocol(filepath.Join(dir, "protocol"), in)
	if err != nil {
		return nil, err
	}
	return &made{
		Picture: filepath.Join(dir, picture), Cells: cells, Cost: first.then(second),
		Commands: []string{strings.Join(prepare, " "), strings.Join(draw, " ")},
	}, nil
}

// scaleTo is the factor that makes a picture so many pixels wide. It is slightly larger, because fractions of
// a pixel are dropped, and a column of cells with them.
func scaleTo(path string, width int) (string, error) {
	img, err := decode(path)
	if err != nil {
		return "", err
	}
	return strconv.FormatFloat((float64(width)+0.5)/float64(img.Rect.Dx()), 'f', 8, 64), nil
}

func readProtocol(path string, in input) ([]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	p, err := parseProtocol(f)
	switch {
	case err != nil:
		return nil, err
	case p.columns != in.Columns || p.rows != in.Rows:
		return nil, fmt.Errorf("the protocol has %d x %d cells instead of %d x %d", p.columns, p.rows, in.Columns, in.Rows)
	}
	cells := make([]int, len(p.files))
	for i, file := range p.files {
		name := strings.TrimSuffix(filepath.Base(file), ".png") // metapixel-prepare adds it
		n, ok := slices.BinarySearch(in.Names, name)
		if !ok {
			return nil, fmt.Errorf("the protocol has the photo %q", file)
		}
		cells[i] = n
	}
	return cells, nil
}

// protocol is what "metapixel --out" writes.
type protocol struct {
	columns, rows int
	files         []string // row by row
}

// parseProtocol reads
//
//	(mosaic (size 2 1)
//	(metapixels
//	(0 0 1 1 "library/a.jpg.png") ; 15172.000000
//	(1 0 1 1 "library/b.jpg.png") ; 18727.000000
//	))
//
// where the numbers are a cell's column, row, width and height in cells.
func parseProtocol(r io.Reader) (*protocol, error) {
	p := &protocol{}
	s := bufio.NewScanner(r)
	for s.Scan() {
		line := s.Text()
		var x, y, width, height int
		var file string
		if _, err := fmt.Sscanf(line, "(mosaic (size %d %d)", &p.columns, &p.rows); err == nil {
			if p.columns < 1 || p.rows < 1 || p.columns > 1<<16 || p.rows > 1<<16 || p.files != nil {
				return nil, fmt.Errorf("the protocol has the size %q", line)
			}
			p.files = make([]string, p.columns*p.rows)
			continue
		}
		if _, err := fmt.Sscanf(line, "(%d %d %d %d %q", &x, &y, &width, &height, &file); err != nil {
			continue
		}
		if x < 0 || y < 0 || x >= p.columns || y >= p.rows || width != 1 || height != 1 {
			return nil, fmt.Errorf("the protocol has a cell %q", line)
		}
		p.files[y*p.columns+x] = file
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("reading the protocol: %w", err)
	}
	if len(p.files) == 0 || slices.Contains(p.files, "") {
		return nil, errors.New("the protocol is not complete")
	}
	return p, nil
}

package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"smalti/pkg/colour"
	"smalti/pkg/friends"
	"smalti/pkg/likeness"
	"smalti/pkg/portrait"
)

// sheetFriends are the sets of friends of which sheets are drawn: made-up ones, so that everybody may see them.
var sheetFriends = []int{60, 150, 300}

// A sheet has a row for each version with three panels: a detail at full size, the mosaic, and from across the room the
// mosaic above its target.
const (
	sheetCells   = 60 // each way
	sheetTile    = 56
	sheetPanel   = 5 * sheetTile
	sheetFar     = 96
	sheetGap     = 8
	sheetCaption = 18
	sheetQuality = 70
)

// drawSheets draws friends-60.jpg and so on.
func (s *settings) drawSheets(ctx context.Context) error {
	worker := filepath.Join(s.temp, "worker")
	if err := buildWorker(ctx, worker); err != nil {
		return err
	}
	programs := []smalti{{worker, defaults}}
	if s.before != "" {
		programs = []smalti{{s.before, before}, {worker, defaults}}
	}
	in := input{Name: "demo", Target: filepath.Join(s.temp, "target.jpg"), Columns: sheetCells, Rows: sheetCells, Tile: sheetTile}
	target := portrait.Draw(0, 1024)
	if err := save(in.Target, target); err != nil {
		return err
	}
	for _, n := range sheetFriends {
		var err error
		in.Photos = filepath.Join(s.temp, fmt.Sprint("friends-", n))
		if in.Names, err = drawnFriends(n, in.Photos); err != nil {
			return err
		}
		sheet := imaging.New(2*sheetPanel+sheetFar+4*sheetGap, len(programs)*(sheetPanel+sheetCaption+sheetGap)+sheetGap, color.White)
		for i, p := range programs {
			note("%d friends: %s", n, p.Name())
			dir, err := os.MkdirTemp(s.temp, "sheet-")
			if err != nil {
				return err
			}
			m, err := p.Make(ctx, in, dir)
			if err != nil {
				return err
			}
			picture, err := decode(m.Picture)
			if err != nil {
				return err
			}
			title := fmt.Sprintf("%d friends, %s", n, [...]string{"now", "before"}[len(programs)-1-i])
			y := sheetGap + i*(sheetPanel+sheetCaption+sheetGap)
			if err := sheetRow(sheet, y, title, picture, target); err != nil {
				return err
			}
		}
		if err := saveSheet(filepath.Join(s.out, fmt.Sprintf("friends-%d.jpg", n)), sheet); err != nil {
			return err
		}
	}
	return nil
}

// sheetRow draws a mosaic at three distances. From farther away, light adds up; so it is averaged in linear light.
func sheetRow(sheet *image.NRGBA, y int, title string, mosaic, target *image.NRGBA) error {
	d := font.Drawer{Dst: sheet, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(sheetGap, y+12)}
	d.DrawString(title)
	y += sheetCaption
	put := func(x, y int, img *image.NRGBA) {
		draw.Draw(sheet, img.Rect.Sub(img.Rect.Min).Add(image.Pt(x, y)), img, img.Rect.Min, draw.Src)
	}
	eye := image.Pt(28, 22).Mul(sheetTile) // and around it
	put(sheetGap, y, imaging.Crop(mosaic, image.Rect(0, 0, sheetPanel, sheetPanel).Add(eye)))
	x := 2*sheetGap + sheetPanel
	for _, view := range []struct {
		of         *image.NRGBA
		x, y, side int
	}{
		{mosaic, x, y, sheetPanel},
		{mosaic, x + sheetPanel + sheetGap, y, sheetFar},
		{target, x + sheetPanel + sheetGap, y + sheetPanel - sheetFar, sheetFar},
	} {
		seen, err := likeness.Average(view.of, view.side, view.side)
		if err != nil {
			return err
		}
		put(view.x, view.y, pixels(seen))
	}
	return nil
}

func pixels(p *likeness.Picture) *image.NRGBA {
	levels := colour.Levels()
	img := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i, lab := range p.Pix {
		for k, light := range colour.FromLab(lab) {
			img.Pix[4*i+k] = levels[int(min(1, max(0, light))*65535+0.5)]
		}
		img.Pix[4*i+3] = 255
	}
	return img
}

// drawnFriends writes the pictures of n friends of the demonstration, evenly chosen, to a new directory.
func drawnFriends(n int, dir string) (names []string, err error) {
	if err := os.Mkdir(dir, 0o777); err != nil {
		return nil, err
	}
	for i := range n {
		name := fmt.Sprintf("%05d.jpg", i)
		if err := save(filepath.Join(dir, name), portrait.Draw(1+i*friends.DemoFriends/n, 256)); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func saveSheet(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := jpeg.Encode(f, img, &jpeg.Options{Quality: sheetQuality}); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

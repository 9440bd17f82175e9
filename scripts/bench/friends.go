package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// fewFriends are the sizes of the sets of friends: what most people have.
var fewFriends = []int{60, 150, 307}

// benchFriends makes mosaics of few friends with the defaults, and with those of an earlier version beside them.
func (s *settings) benchFriends(ctx context.Context, worker string) error {
	programs := []program{smalti{worker, defaults}}
	if s.before != "" {
		programs = append(programs, smalti{s.before, before})
	}
	for _, n := range fewFriends {
		l := *s
		l.temp = filepath.Join(s.temp, fmt.Sprintf("friends-%d", n))
		if err := os.Mkdir(l.temp, 0o777); err != nil {
			return err
		}
		inputs, err := l.inputs(func(photos []string, dir string) ([]string, error) { return friendSquares(photos, n, dir) })
		if err != nil {
			return err
		}
		var all results
		for _, in := range inputs {
			for _, p := range programs {
				note("%d friends, %s: %s", n, in.Name, p.Name())
				r, err := s.mosaic(ctx, p, in)
				if err != nil {
					return err
				}
				all = append(all, r)
			}
		}
		fmt.Printf("%d friends, a tenth of them with initials or a logo:\n\n", n)
		all.table().write(os.Stdout)
		if s.before != "" {
			all.meansTable(before.program()).write(os.Stdout)
		}
	}
	return nil
}

// friendSquares writes n different square pictures to a new directory, and returns their names: photos, evenly
// chosen, and a tenth of drawn avatars.
func friendSquares(photos []string, n int, dir string) ([]string, error) {
	if n > len(photos) {
		return nil, fmt.Errorf("there are only %d photos for %d friends", len(photos), n)
	}
	var some []string
	for i := range n {
		some = append(some, photos[i*len(photos)/n])
	}
	names, err := squares(some, n, dir)
	for i := 9; i < len(names) && err == nil; i += 10 {
		err = save(filepath.Join(dir, names[i]), avatar(i/10))
	}
	return names, err
}

// avatar draws initials on a flat ground or, every second time, a disc or a bar in a loud colour on black or white.
func avatar(n int) *image.NRGBA {
	const side = 256
	loud := hue(float64(n) * 0.618)
	img := imaging.New(side, side, loud)
	if n%2 == 1 {
		ground := uint8(n / 2 % 2 * 255)
		img = imaging.New(side, side, color.NRGBA{ground, ground, ground, 255})
		for y := range side {
			for x := range side {
				dx, dy := x-side/2, y-side/2
				if disc := dx*dx+dy*dy < 90*90; n%4 == 1 && disc || n%4 == 3 && max(dy, -dy) < 50 {
					img.SetNRGBA(x, y, loud)
				}
			}
		}
		return img
	}
	text := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	d := font.Drawer{Dst: text, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(1, 12)}
	d.DrawString(string([]rune{rune('A' + n*7%26), rune('A' + n*11%26)}))
	draw.Draw(img, img.Rect, imaging.Resize(text, side, side, imaging.NearestNeighbor), image.Point{}, draw.Over)
	return img
}

// hue is a saturated colour; a whole turn is 1.
func hue(turn float64) color.NRGBA {
	level := func(shift float64) uint8 {
		t := turn + shift
		t = 6 * (t - float64(int(t)))
		return uint8(30 + 190*min(1, max(0, max(t-3, 3-t)-1)))
	}
	return color.NRGBA{level(0), level(2.0 / 3), level(1.0 / 3), 255}
}

package main

import (
	"bufio"
	"cmp"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // peers write it
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/disintegration/imaging"

	"smalti/pkg/parallel"
	"smalti/pkg/photo"
)

// inputQuality is the JPEG quality of what all programs get: as photos on the web have it.
const inputQuality = 85

// pictures lists the JPEG and PNG files of a directory, by name. Those are what everybody reads.
func pictures(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if slices.Contains([]string{".jpg", ".jpeg", ".png"}, strings.ToLower(filepath.Ext(e.Name()))) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("there are no pictures in %s", dir)
	}
	return paths, nil
}

// read decodes a picture, upright and in its own size.
func read(path string) (*image.NRGBA, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	img, err := photo.Picture(data, math.MaxInt32, photo.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return img, nil
}

// square cuts the largest square out of the middle.
func square(img *image.NRGBA) *image.NRGBA { return shaped(img, 1, 1) }

// shaped cuts the largest part of the shape columns x rows out of the middle.
func shaped(img *image.NRGBA, columns, rows int) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w*rows > h*columns {
		w = max(1, h*columns/rows)
	} else {
		h = max(1, w*rows/columns)
	}
	return imaging.CropCenter(img, w, h)
}

// variants is how many different pictures variant makes of one.
const variants = 10

// variant makes other photos of a square one where a test needs more than there are: the whole and
// its four corners, and all of them mirrored.
func variant(img *image.NRGBA, n int) *image.NRGBA {
	side := img.Rect.Dx()
	if corner := n / 2; corner > 0 {
		cut := max(1, side*2/3)
		at := image.Pt((corner-1)%2*(side-cut), (corner-1)/2*(side-cut))
		img = imaging.Crop(img, image.Rectangle{at, at.Add(image.Pt(cut, cut))})
	}
	if n%2 == 1 {
		img = imaging.FlipH(img)
	}
	return img
}

// squares writes n square photos as JPEG files to a new directory, made of those that there are,
// and returns their names. With n 0 it is one of each. They have their photos' own size: scaling
// them is a part of what is measured.
func squares(photos []string, n int, dir string) ([]string, error) {
	if n == 0 {
		n = len(photos)
	}
	if most := variants * len(photos); n > most {
		return nil, fmt.Errorf("%d photos cannot be made of %d: at most %d", n, len(photos), most)
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return nil, err
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%05d.jpg", i)
	}
	return names, each(n, func(i int) error {
		img, err := read(photos[i%len(photos)])
		if err != nil {
			return err
		}
		return writeJPEG(filepath.Join(dir, names[i]), variant(square(img), i/len(photos)))
	})
}

// each calls f for 0 to n-1, on all cores, and returns one of the errors.
func each(n int, f func(i int) error) error {
	errs := make([]error, n)
	parallel.Each(n, func(i int) { errs[i] = f(i) })
	return cmp.Or(errs...)
}

func writeJPEG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = jpeg.Encode(w, img, &jpeg.Options{Quality: inputQuality})
	if err == nil {
		err = w.Flush()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// opaque converts a picture.
func opaque(img image.Image) *image.NRGBA {
	if n, ok := img.(*image.NRGBA); ok {
		return n
	}
	out := image.NewNRGBA(image.Rectangle{Max: img.Bounds().Size()})
	rgba := &image.RGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect} // the same, where all is opaque; drawn fast
	draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

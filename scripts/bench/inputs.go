package main

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/disintegration/imaging"

	"smalti/pkg/parallel"
	"smalti/pkg/photo"
)

// inputQuality is the JPEG quality of what all programs get: that of typical photos on the web.
const inputQuality = 85

// pictures lists the JPEG and PNG files of a directory, by name. All programs read these formats.
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

func nameOf(path string) string { return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) }

// read decodes a photo, upright and in its own size.
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

// decode decodes a mosaic, however large.
func decode(path string) (*image.NRGBA, error) {
	img, err := imaging.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return imaging.Clone(img), nil
}

func save(path string, img image.Image) error {
	return imaging.Save(img, path, imaging.JPEGQuality(inputQuality))
}

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

// variants is how many different photos variant makes of one.
const variants = 10

// variant makes other photos of a square one: the whole and its four corners, and all of them mirrored.
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

// eachSquare calls f with n different square photos made of the given ones, on all cores.
func eachSquare(photos []string, n int, f func(i int, img *image.NRGBA) error) error {
	if most := variants * len(photos); n > most {
		return fmt.Errorf("%d photos give at most %d, not %d", len(photos), most, n)
	}
	errs := make([]error, n)
	parallel.Each(n, func(i int) {
		img, err := read(photos[i%len(photos)])
		if err == nil {
			err = f(i, variant(shaped(img, 1, 1), i/len(photos)))
		}
		errs[i] = err
	})
	return cmp.Or(errs...)
}

// squares writes n square photos as JPEG files to a new directory and returns their names; 0 means one of
// each photo. They keep their photos' size: scaling them is part of what is measured.
func squares(photos []string, n int, dir string) ([]string, error) {
	names := make([]string, cmp.Or(n, len(photos)))
	for i := range names {
		names[i] = fmt.Sprintf("%05d.jpg", i)
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return nil, err
	}
	return names, eachSquare(photos, len(names), func(i int, img *image.NRGBA) error {
		return save(filepath.Join(dir, names[i]), img)
	})
}

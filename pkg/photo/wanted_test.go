package photo_test

import (
	"encoding/binary"
	"errors"
	"image"
	"testing"

	"smalti/pkg/heif/heiftest"
	"smalti/pkg/photo"
	"smalti/pkg/testenv"
)

// A person's own pictures are bounded by the memory that they take, whatever their format and their pixels.
func TestOwnPicturesHaveTheMemoryTheyNeed(t *testing.T) {
	jpg := asJPEG(t, flat(64, 48, pureRed))
	for name, tc := range map[string]struct {
		data        []byte
		enough, few int64
	}{
		"PNG":  {asPNG(t, image.NewGray(image.Rect(0, 0, 6000, 5200))), 150 << 20, 100 << 20},
		"JPEG": {withSize(jpg, 9000, 8000), 10 << 20, 1 << 20}, // its rows end early, and it is decoded row by row
	} {
		if _, err := photo.TargetSize(tc.data, 200, photo.Limits{}); !isKind(err, photo.TooManyPixels) {
			t.Errorf("%s of a stranger: %v", name, err)
		}
		if _, err := photo.TargetSize(tc.data, 200, photo.Limits{Memory: tc.enough}); err != nil {
			t.Errorf("%s with enough memory: %v", name, err)
		}
		if _, err := photo.TargetSize(tc.data, 200, photo.Limits{Memory: tc.few}); !isKind(err, photo.NoRoom) {
			t.Errorf("%s with little memory: %v", name, err)
		}
	}
	img, err := photo.NewDecoder(photo.Limits{Memory: 150 << 20}, 150<<20).Target(t.Context(), asPNG(t, image.NewGray(image.Rect(0, 0, 6000, 5200))), 60)
	if err != nil || img.Bounds().Size() != image.Pt(60, 52) {
		t.Errorf("%v, %v", img, err)
	}
}

func isKind(err error, kind photo.Kind) bool {
	e, ok := errors.AsType[*photo.Error](err)
	return ok && e.Kind == kind
}

// The size of a target is known before it is decoded, however it is turned.
func TestTargetSize(t *testing.T) {
	landscape := asJPEG(t, flat(301, 200, pureRed))
	files := map[string][]byte{"upright": landscape, "PNG": asPNG(t, flat(50, 70, pureRed))}
	for name, orientation := range map[string]uint16{"upside down": 3, "sideways": 6} {
		files[name] = withSegment(landscape, 0xE1, exif(binary.LittleEndian, orientation))
	}
	for name, data := range files {
		for _, side := range []int{33, 100, 1000} {
			img, err := photo.NewDecoder(photo.Limits{}, 1<<30).Target(t.Context(), data, side)
			if err != nil {
				t.Fatal(err)
			}
			size, err := photo.TargetSize(data, side, photo.Limits{})
			if err != nil || size != img.Bounds().Size() {
				t.Errorf("%s at %d: %v is said, and it is %v: %v", name, side, size, img.Bounds().Size(), err)
			}
		}
	}
}

// Decoder processes keep to the memory of a person's own pictures, too.
func TestOwnHEIF(t *testing.T) {
	testenv.SkipRace(t, "its decoders take more time and memory than they may")
	heic := heiftest.File("heic", []heiftest.Item{heiftest.HEVC()})
	for _, memory := range []int64{100 << 20, 3 << 30} {
		if img, err := photo.Picture(heic, 1000, photo.Limits{Memory: memory}); err != nil || img.Bounds().Dx() != heiftest.Width {
			t.Errorf("with %d MB: %v", memory>>20, err)
		}
	}
	large := heiftest.HEVC()
	large.Properties[1] = heiftest.Size(9000, 6800)
	file := heiftest.File("heic", []heiftest.Item{large})
	if _, err := photo.Picture(file, 1000, photo.Limits{Memory: 700 << 20}); !isKind(err, photo.NoRoom) {
		t.Errorf("a large one with little memory: %v", err)
	}
	if _, err := photo.TargetSize(file, 1000, photo.Limits{Memory: 1 << 30}); err != nil {
		t.Errorf("a large one with enough: %v", err)
	}
}

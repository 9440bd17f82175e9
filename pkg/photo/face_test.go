package photo_test

import (
	"image"
	"os"
	"testing"

	"smalti/pkg/facetest"
	"smalti/pkg/photo"
)

// marked are real portraits.
func marked(t *testing.T) []facetest.Portrait {
	t.Helper()
	root := os.Getenv("SMALTI_TEST_PHOTOS")
	if root == "" {
		t.Skip("SMALTI_TEST_PHOTOS does not name a folder of photos")
	}
	all, err := facetest.Marked(root)
	if err != nil || len(all) < 40 {
		t.Fatalf("%d marked portraits in SMALTI_TEST_PHOTOS: %v", len(all), err)
	}
	return all
}

func TestPortraitsKeepTheirChins(t *testing.T) {
	tall := 0
	for _, p := range marked(t) {
		if p.Img.Rect.Dy() <= p.Img.Rect.Dx() {
			continue
		}
		tall++
		crop := photo.Crop(p.Img)
		if chin, brows := p.Cut(crop); chin || brows {
			t.Errorf("%s: crop %v of %v cuts the face from %.0f to %.0f", p.Name, crop, p.Img.Rect, p.Brows(), p.Chin)
		}
	}
	if tall < 20 {
		t.Errorf("%d tall portraits", tall)
	}
}

// count is of pictures and of crops that cut faces.
type count struct{ pictures, chins, brows int }

func (c *count) add(p facetest.Portrait) {
	chin, brows := p.Cut(photo.Crop(p.Img))
	c.pictures++
	if chin {
		c.chins++
	}
	if brows {
		c.brows++
	}
}

// TestDrawnPortraitsKeepTheirChins has faces of the demonstration, of all tones of skin, with beards, glasses and hats. It
// counts, because no crop of the tightest pictures can be right for sure.
func TestDrawnPortraitsKeepTheirChins(t *testing.T) {
	var c count
	for number := 1; number <= 120; number++ {
		if whole, ok := facetest.Drawn(number, 200); ok {
			for _, p := range whole.Tight() {
				if p.Fills() <= 0.75 {
					c.add(p)
				}
			}
		}
	}
	t.Logf("%+v", c)
	if c.pictures < 500 || c.chins > c.pictures/50 || c.brows > c.pictures/50 {
		t.Errorf("%+v: these are too many", c)
	}
}

func TestTightPortraitsKeepTheirChins(t *testing.T) {
	var all, usual count
	for _, whole := range marked(t) {
		for _, p := range whole.Tight() {
			all.add(p)
			if p.Fills() < 0.6 {
				usual.add(p)
			}
		}
	}
	t.Logf("%+v, where the face fills less than 60%% of the width %+v", all, usual)
	if all.chins > all.pictures/8 || all.brows > all.pictures/50 || usual.chins > usual.pictures/50 || usual.brows > 0 {
		t.Errorf("%+v, %+v: these are too many", all, usual)
	}
}

// closer counts closer views of a square portrait, and those that lack a part of the face, ears aside.
func closer(p facetest.Portrait) (views, cut int) {
	ears := 0.08 * (p.Right - p.Left)
	face := image.Rect(int(max(0, p.Left+ears)+0.5), int(max(0, p.Brows())+0.5), int(p.Right-ears+0.5), int(p.Chin+0.5))
	for _, v := range photo.Closer(p.Img) {
		views++
		if !face.In(v.Inset(-1)) {
			cut++
		}
	}
	return views, cut
}

func TestCloserViewsHoldFaces(t *testing.T) {
	offered := 0
	for _, p := range marked(t) {
		views, cut := closer(p.Within(photo.Crop(p.Img)))
		if views > 0 {
			offered++
		}
		if cut > 0 {
			t.Errorf("%s: %d of %d views cut the face", p.Name, cut, views)
		}
	}
	if offered < 40 {
		t.Errorf("only %d portraits have closer views", offered)
	}
}

// TestCloserViewsHoldDrawnFaces counts, because the network has not seen such faces.
func TestCloserViewsHoldDrawnFaces(t *testing.T) {
	views, cut := 0, 0
	for number := 1; number <= 300; number++ {
		if p, ok := facetest.Drawn(number, 140); ok {
			v, c := closer(p)
			views += v
			cut += c
		}
	}
	t.Logf("%d of %d views cut the face", cut, views)
	if views < 200 || cut > views/50 {
		t.Error("these are too many, or too few views")
	}
}

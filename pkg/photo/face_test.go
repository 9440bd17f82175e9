package photo_test

import (
	"encoding/csv"
	"image"
	"image/draw"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"smalti/pkg/photo"
	"smalti/pkg/portrait"
)

// marked is a portrait, with edges of its face that were marked by hand: the left and right one, ears included, the top of
// the hair, and the chin or the end of the beard, in pixels.
type marked struct {
	file                   string
	img                    *image.NRGBA
	left, right, top, chin float64
}

// faces reads the table of marks, and the photos that it names.
func faces(t *testing.T) (all []marked) {
	t.Helper()
	root := os.Getenv("SMALTI_TEST_PHOTOS")
	if root == "" {
		t.Skip("SMALTI_TEST_PHOTOS does not name a folder of photos")
	}
	f, err := os.Open("testdata/faces.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		data, err := os.ReadFile(filepath.Join(root, line[0]))
		if err != nil {
			t.Fatal(err)
		}
		img, err := photo.Picture(data, 256, photo.Limits{})
		if err != nil {
			t.Fatal(line[0], err)
		}
		var percent [4]float64
		for i := range percent {
			if percent[i], err = strconv.ParseFloat(line[i+1], 64); err != nil {
				t.Fatal(line, err)
			}
		}
		w, h := float64(img.Rect.Dx())/100, float64(img.Rect.Dy())/100
		all = append(all, marked{line[0], img, percent[0] * w, percent[1] * w, percent[2] * h, percent[3] * h})
	}
	return all
}

func (m marked) brows() float64 { return max(m.top, m.chin-0.85*(m.right-m.left)) }

// within is the part of the photo in a rectangle.
func (m marked) within(r image.Rectangle) marked {
	img := image.NewNRGBA(image.Rectangle{Max: r.Size()})
	draw.Draw(img, img.Rect, m.img, r.Min, draw.Src)
	x, y := float64(r.Min.X), float64(r.Min.Y)
	return marked{m.file, img, m.left - x, m.right - x, m.top - y, m.chin - y}
}

// tight cuts tall pictures around a face: in several shapes, some faces wide, with little above the head, with the head in
// the middle, and with little below the chin.
func (m marked) tight() (all []marked) {
	width, height := float64(m.img.Rect.Dx()), float64(m.img.Rect.Dy())
	face := m.right - m.left
	for _, shape := range []float64{4. / 3, 3. / 2, 16. / 9} {
		last := 0.0
		for _, faces := range []float64{1.15, 1.45, 1.8, 2.4, 3.2} {
			w := min(face*faces, width, height/shape)
			if w < 1.02*face || w < 1.08*last || w < 40 {
				continue
			}
			h := w * shape
			x := max(0, min(width-w, (m.left+m.right-w)/2))
			before := -height
			last = w
			for _, y := range []float64{m.top - 0.15*face, (m.top + m.chin - h) / 2, m.chin + 0.2*face - h} {
				y = max(0, min(height-h, y))
				if y <= m.brows() && y+h >= m.chin && max(y-before, before-y) >= 0.06*h {
					all = append(all, m.within(image.Rect(int(x), int(y), int(x+w), int(y+h))))
					before = y
				}
			}
		}
	}
	return all
}

// cuts reports whether a crop lacks the chin, or the brows.
func (m marked) cuts() (chin, brows bool) {
	r := photo.Subject(m.img)
	return float64(r.Max.Y) < m.chin-0.5, float64(r.Min.Y) > m.brows()+0.5
}

func TestPortraitsKeepTheirChins(t *testing.T) {
	tall := 0
	for _, m := range faces(t) {
		if m.img.Rect.Dy() <= m.img.Rect.Dx() {
			continue
		}
		tall++
		if chin, brows := m.cuts(); chin || brows {
			t.Errorf("%s: crop %v of %v cuts the face from %.0f to %.0f", m.file, photo.Subject(m.img), m.img.Rect, m.brows(), m.chin)
		}
	}
	if tall < 20 {
		t.Errorf("%d tall portraits", tall)
	}
}

// TestDrawnPortraitsKeepTheirChins has faces of the demonstration, of all tones of skin, with beards, glasses and hats.
func TestDrawnPortraitsKeepTheirChins(t *testing.T) {
	pictures, chins, brows := 0, 0, 0
	for number := 1; number <= 120; number++ {
		whole, ok := drawn(number, 200)
		if !ok {
			continue
		}
		for _, m := range whole.tight() {
			if m.right-m.left > 0.75*float64(m.img.Rect.Dx()) {
				continue
			}
			pictures++
			chin, brow := m.cuts()
			if chin {
				chins++
			}
			if brow {
				brows++
			}
		}
	}
	t.Logf("of %d pictures, %d chins are cut and %d brows", pictures, chins, brows)
	if chins > pictures/20 || brows > pictures/50 {
		t.Error("these are too many")
	}
}

// TestTightPortraitsKeepTheirChins counts, because no crop of the tightest pictures can be right for sure.
func TestTightPortraitsKeepTheirChins(t *testing.T) {
	var pictures, chins, brows, usual, usualCut int
	for _, face := range faces(t) {
		for _, m := range face.tight() {
			chin, brow := m.cuts()
			pictures++
			if chin {
				chins++
			}
			if brow {
				brows++
			}
			if m.right-m.left < 0.6*float64(m.img.Rect.Dx()) {
				usual++
				if chin || brow {
					usualCut++
					t.Logf("%s: crop %v of %v cuts the face from %.0f to %.0f", m.file, photo.Subject(m.img), m.img.Rect, m.brows(), m.chin)
				}
			}
		}
	}
	t.Logf("of %d tight pictures, %d chins are cut and %d brows; of %d where the face fills less than 60%% of the width, %d",
		pictures, chins, brows, usual, usualCut)
	if chins > pictures/8 || brows > pictures/50 || usualCut > usual/30 {
		t.Error("these are too many")
	}
}

// TestCloserViewsHoldFaces: from the brows to the chin, without ears.
func TestCloserViewsHoldFaces(t *testing.T) {
	offered := 0
	for _, m := range faces(t) {
		views, cut := m.within(photo.Subject(m.img)).closer()
		if views > 0 {
			offered++
		}
		if cut > 0 {
			t.Errorf("%s: %d of %d views cut the face", m.file, cut, views)
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
		if m, ok := drawn(number, 140); ok {
			v, c := m.closer()
			views += v
			cut += c
		}
	}
	t.Logf("%d of %d views cut the face", cut, views)
	if views < 200 || cut > views/50 {
		t.Error("these are too many, or too few views")
	}
}

// closer counts closer views of a square portrait, and those that lack a part of the face.
func (m marked) closer() (views, cut int) {
	ears := 0.08 * (m.right - m.left)
	face := image.Rect(int(max(0, m.left+ears)+0.5), int(max(0, m.brows())+0.5), int(m.right-ears+0.5), int(m.chin+0.5))
	for _, v := range photo.Closer(m.img) {
		views++
		if !face.In(v.Inset(-1)) {
			cut++
		}
	}
	return views, cut
}

// drawn is a friend of the demonstration, unless there is no face.
func drawn(number, side int) (m marked, ok bool) {
	left, top, right, chin, ok := portrait.Head(number)
	s := float64(side)
	return marked{"", portrait.Draw(number, side), left * s, right * s, top * s, chin * s}, ok
}

package photo_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"testing/iotest"

	"smalti/pkg/heif/heiftest"
	"smalti/pkg/photo"
)

// wholes are small pictures of the formats that can be encoded here.
func wholes(t testing.TB) map[string][]byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		img.Set(i%40, i/40, color.RGBA{uint8(i * 7), uint8(i * 13), uint8(i * 29), 255})
	}
	all := make(map[string][]byte)
	var j, p, g bytes.Buffer
	if err := errors.Join(jpeg.Encode(&j, img, nil), png.Encode(&p, img), gif.Encode(&g, img, nil)); err != nil {
		t.Fatal(err)
	}
	all["jpeg"], all["png"], all["gif"] = j.Bytes(), p.Bytes(), g.Bytes()
	all["heic"] = heiftest.File("heic", []heiftest.Item{heiftest.HEVC()})
	all["avif"] = heiftest.File("avif", []heiftest.Item{heiftest.AV1()})
	all["bmp"], all["ico"] = asBMP(t, img), asICO(iconBitmap(t, img))
	all["webp"] = append([]byte("RIFF\x20\x00\x00\x00WEBPVP8L"), make([]byte, 0x20-8)...)
	return all
}

func TestCheckWhole(t *testing.T) {
	for _, l := range photo.LimitsByFormat() {
		if wholes(t)[strings.ToLower(string(l.Format))] == nil {
			t.Errorf("no %s is tried", l.Format)
		}
	}
	for name, data := range wholes(t) {
		if err := photo.CheckComplete(iotest.OneByteReader(bytes.NewReader(data))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := photo.CheckComplete(bytes.NewReader(append(bytes.Clone(data), make([]byte, 5000)...))); err != nil {
			t.Errorf("%s with something behind it: %v", name, err)
		}
		end := len(data)
		if name == "gif" {
			end-- // the trailer is not missed
		}
		for n := range end {
			var broken *photo.Error
			if err := photo.CheckComplete(bytes.NewReader(data[:n])); !errors.As(err, &broken) || broken.Kind != photo.Broken {
				t.Fatalf("%s cut at %d of %d: %v", name, n, len(data), err)
			}
		}
		lost := errors.New("connection lost")
		if err := photo.CheckComplete(iotest.ErrReader(lost)); !errors.Is(err, lost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A thumbnail's end of image is not the picture's.
func TestCheckWholeOfAThumbnail(t *testing.T) {
	data := wholes(t)["jpeg"]
	thumb := append([]byte{0xFF, 0xE1, byte((len(data) + 2) >> 8), byte(len(data) + 2)}, data...)
	with := append(append(bytes.Clone(data[:2]), thumb...), data[2:]...)
	if err := photo.CheckComplete(bytes.NewReader(with)); err != nil {
		t.Error(err)
	}
	if err := photo.CheckComplete(bytes.NewReader(with[:len(with)-len(data)/2])); err == nil {
		t.Error("cut off, with a whole thumbnail, it passes")
	}
}

func FuzzCheckWhole(f *testing.F) {
	for _, data := range wholes(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := photo.CheckComplete(bytes.NewReader(data))
		if err != nil && !errors.As(err, new(*photo.Error)) {
			t.Error(err)
		}
	})
}

package photo_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"testing"

	"smalti/pkg/message"
	"smalti/pkg/photo"
)

func seeds(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("<svg"))
	f.Add(asJPEG(f, noise(16, 16)))
	f.Add(withSegment(asJPEG(f, noise(8, 8)), 0xE1, exif(binary.BigEndian, 6)))
	f.Add(flatJPEG(0, 1, 1, 2, 3, 4))
	f.Add(asJPEG(f, noise(32, 32))[:700])
	f.Add(greyProgressive()[:300])
	f.Add(flatJPEG(-1, 2, 1, 2, 3, 4))
	f.Add(asPNG(f, noise(8, 8)))
	f.Add(asGIF(f, image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{red, green})))
	f.Add(interlacedGIF(f, onPalette(image.Rect(0, 0, 9, 9), red)))
	f.Add(asGIF(f, onPalette(image.Rect(0, 0, 9, 9), white), onPalette(image.Rect(5, 5, 9, 9), red)))
	f.Add(asPNG(f, noise(8, 8))[:120])
	f.Add(interlacedPNG(f, noise(9, 7)))
	f.Add(interlacedPNG(f, noise(9, 7))[:150])
	f.Add(asBMP(f, noise(8, 8)))
	f.Add(asICO(asPNG(f, noise(8, 8))))
	f.Add(asICO(iconBitmap(f, noise(8, 8))))
	f.Add(runsBMP(4))
	f.Add(stillRed())
	f.Add(animatedRed(20))
}

func FuzzOrientation(f *testing.F) {
	f.Add(exif(binary.LittleEndian, 8)[6:])
	f.Add(exif(binary.BigEndian, 3)[6:])
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := photo.Orientation(data); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := photo.Check(bytes.NewReader(data), photo.Limits{Pixels: 10_000})
		if err != nil {
			if _, ok := message.Of(err); !ok {
				t.Errorf("no sentence for %v", err)
			}
		} else if info.Width < 1 || info.Height < 1 || info.Width*info.Height > 16_000 {
			t.Errorf("accepted %+v", info)
		}
	})
}

func FuzzTile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		l := photo.Limits{Pixels: 10_000}
		img, err := photo.Tile(data, 8, l)
		if err != nil {
			if _, ok := message.Of(err); !ok {
				t.Errorf("no sentence for %v", err)
			}
			return
		}
		if img.Rect != image.Rect(0, 0, 8, 8) || !img.Opaque() {
			t.Errorf("tile is %v, opaque: %v", img.Rect, img.Opaque())
		}
		if _, err := photo.Check(bytes.NewReader(data), l); err != nil {
			t.Errorf("decoded what Check refuses: %v", err)
		}
	})
}

package photo

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xC0
	markerSOF1  = 0xC1
	markerSOF2  = 0xC2 // progressive DCT, Huffman coded
	markerDHT   = 0xC4
	markerRST0  = 0xD0
	markerRST7  = 0xD7
	markerSOI   = 0xD8
	markerEOI   = 0xD9
	markerSOS   = 0xDA
	markerDQT   = 0xDB
	markerDRI   = 0xDD
	markerAPP0  = 0xE0
	markerAPP1  = 0xE1
	markerAPP2  = 0xE2
	markerAPP14 = 0xEE
	markerTEM   = 0x01
)

// segments iterates over the marker segments of a JPEG up to its end of image, without the entropy-coded
// data between them. It stops at what it does not understand, and leaves errors to the decoder.
func segments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(marker byte, payload []byte) bool) {
		for {
			i := bytes.IndexByte(data, 0xFF)
			if i < 0 || i+1 >= len(data) {
				return
			}
			marker := data[i+1]
			switch {
			case marker == 0xFF: // fill byte
				data = data[i+1:]
				continue
			case marker == 0, marker == markerTEM, marker == markerSOI, marker >= markerRST0 && marker <= markerRST7:
				data = data[i+2:]
				continue
			case marker == markerEOI:
				return
			}
			data = data[i+2:]
			if len(data) < 2 {
				return
			}
			n := int(binary.BigEndian.Uint16(data))
			if n < 2 || n > len(data) {
				return
			}
			if !yield(marker, data[2:n]) {
				return
			}
			data = data[n:]
		}
	}
}

// maxScans is far above what encoders write (about ten). A scan of a few bytes costs a pass over all blocks:
// without a limit a small file could keep a processor busy for hours.
const maxScans = 100

// jpegFacts is what the marker segments tell beside the size.
type jpegFacts struct {
	orientation int // EXIF's: 1 to 8
	progressive bool
	parts       int // of each pixel: 3, or 1 of grey, or 4 of CMYK
	scans       int
}

// baseline reports whether a picture takes little memory: no coefficients are kept, and nothing is converted.
func (f jpegFacts) baseline() bool { return !f.progressive && f.parts >= 1 && f.parts <= 3 }

func factsOf(data []byte) jpegFacts {
	f := jpegFacts{orientation: upright}
	seen := false
	for marker, payload := range segments(data) {
		switch marker {
		case markerSOF0, markerSOF1, markerSOF2:
			f.progressive = f.progressive || marker == markerSOF2
			if len(payload) > 5 {
				f.parts = max(f.parts, int(payload[5]))
			}
		case markerSOS:
			f.scans++
		case markerAPP1:
			if tiff, ok := bytes.CutPrefix(payload, []byte("Exif\x00\x00")); ok && !seen {
				f.orientation, seen = orientation(tiff), true
			}
		}
	}
	return f
}

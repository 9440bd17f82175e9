// Package jpeg decodes JPEG (ITU-T T.81) row by row, at full size or reduced to any number of eighths.
//
// It takes what browsers show: baseline, extended and progressive pictures of 8 bits, Huffman or arithmetic
// coded, of 1, 3 or 4 components with any sampling factors. Damaged and cut off files are decoded as far as
// libjpeg does. A picture with one scan needs memory for a few rows; of others, the coefficients that the
// chosen size needs are kept.
package jpeg

import (
	"bufio"
	"encoding/binary"
	"io"
	"iter"
)

// FormatError is what is wrong with a file of which nothing can be shown.
type FormatError string

func (e FormatError) Error() string { return "jpeg: " + string(e) }

// UnsupportedError is the kind of JPEG that a file is and that is not decoded.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "jpeg: not decoded: " + string(e) }

// ErrTooComplex means that there are more than MaxScans scans, or that they cost too much.
const ErrTooComplex = FormatError("too many scans")

// ErrNoScan means that the file ends before there is anything of the picture.
const ErrNoScan = FormatError("no scan")

// Config is what the start of frame says.
type Config struct {
	Width, Height int
	Components    int
	Progressive   bool
	Arithmetic    bool
}

// Markers of segments that hold Exif data and profiles (ITU-T T.81, table B.1).
const (
	APP1 = 0xE1
	APP2 = 0xE2
)

// Markers (ITU-T T.81, table B.1).
const (
	markerTEM  = 0x01
	markerSOF0 = 0xC0
	markerSOF1 = 0xC1
	markerSOF2 = 0xC2
	markerDHT  = 0xC4
	markerSOF9 = 0xC9
	markerSOFA = 0xCA
	markerDAC  = 0xCC
	markerSOFF = 0xCF
	markerRST0 = 0xD0
	markerRST7 = 0xD7
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerDQT  = 0xDB
	markerDNL  = 0xDC
	markerDRI  = 0xDD
	markerAPP0 = 0xE0
	markerAPPE = 0xEE
	markerAPPF = 0xEF
	markerCOM  = 0xFE
)

// bare reports whether a marker stands alone, without a length.
func bare(marker byte) bool {
	return marker == markerTEM || marker >= markerRST0 && marker <= markerEOI
}

func isFrame(marker byte) bool {
	return marker >= markerSOF0 && marker <= markerSOFF && marker != markerDHT && marker != markerDAC
}

// DecodeConfig reads a JPEG up to its start of frame.
func DecodeConfig(r io.Reader) (Config, error) {
	b := bufio.NewReader(r)
	if soi, err := b.Peek(2); err != nil || soi[0] != 0xFF || soi[1] != markerSOI {
		return Config{}, FormatError("no start of image")
	}
	for {
		marker, err := readMarker(b)
		if err != nil {
			return Config{}, FormatError("no frame")
		}
		switch {
		case marker == markerEOI || marker == markerSOS:
			return Config{}, FormatError("no frame")
		case bare(marker):
			continue
		}
		var length [2]byte
		if _, err := io.ReadFull(b, length[:]); err != nil {
			return Config{}, FormatError("no frame")
		}
		n := int(binary.BigEndian.Uint16(length[:])) - 2
		if !isFrame(marker) {
			_, _ = b.Discard(max(n, 0)) // that it ends here is seen at the next marker
			continue
		}
		payload := make([]byte, max(n, 0))
		if _, err := io.ReadFull(b, payload); err != nil {
			return Config{}, FormatError("no frame")
		}
		f, err := parseFrame(marker, payload)
		return f.config(), err
	}
}

// CheckComplete reads up to the end of image, outside of segments, in which thumbnails have theirs. Without one, the
// error is io.EOF or io.ErrUnexpectedEOF.
func CheckComplete(b *bufio.Reader) error {
	for {
		marker, err := readMarker(b)
		if err != nil || marker == markerEOI {
			return err
		}
		if bare(marker) {
			continue
		}
		var length [2]byte
		if _, err := io.ReadFull(b, length[:]); err != nil {
			return err
		}
		if _, err := b.Discard(max(int(binary.BigEndian.Uint16(length[:]))-2, 0)); err != nil {
			return err
		}
	}
}

// readMarker skips to the next marker, as nextMarker does.
func readMarker(b *bufio.Reader) (byte, error) {
	for {
		c, err := b.ReadByte()
		for err == nil && c != 0xFF {
			c, err = b.ReadByte()
		}
		for err == nil && c == 0xFF {
			c, err = b.ReadByte()
		}
		if err != nil || c != 0 {
			return c, err
		}
	}
}

// Segments iterates over the marker segments in front of the first scan. What is between them is skipped.
func Segments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(marker byte, payload []byte) bool) {
		for at := 0; ; {
			marker, payload, end := segment(data, at)
			if marker == 0 || marker == markerSOS || marker == markerEOI {
				return
			}
			if !bare(marker) && !yield(marker, payload) {
				return
			}
			at = end
		}
	}
}

// segment finds the next marker from at on, and returns its payload and where that ends. Of a segment whose length
// is impossible only the length is skipped, as in libjpeg. The marker is 0 if there is none or it is cut off.
func segment(data []byte, at int) (marker byte, payload []byte, end int) {
	at = nextMarker(data, at)
	if at >= len(data) {
		return 0, nil, len(data)
	}
	marker, at = data[at], at+1
	if bare(marker) {
		return marker, nil, at
	}
	if len(data)-at < 2 {
		return 0, nil, len(data)
	}
	n := max(int(binary.BigEndian.Uint16(data[at:])), 2)
	if n > len(data)-at {
		return 0, nil, len(data)
	}
	return marker, data[at+2 : at+n], at + n
}

// nextMarker is where the second byte of the next marker is, from at on; len(data) if there is none.
func nextMarker(data []byte, at int) int {
	for at++; at < len(data); at++ {
		if c := data[at]; data[at-1] == 0xFF && c != 0 && c != 0xFF {
			return at
		}
	}
	return len(data)
}

package poster

import (
	"encoding/binary"
	"image"

	"smalti/pkg/colour"
)

// The markers in use (T.81, Table B.1).
const (
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerAPP0 = 0xe0
	markerAPP2 = 0xe2
	markerDQT  = 0xdb
	markerSOF0 = 0xc0
	markerDHT  = 0xc4
	markerDRI  = 0xdd
	markerSOS  = 0xda
	markerRST0 = 0xd0
)

// header returns everything before the entropy-coded data, with the given application segments.
func (e *encoder) header(size image.Point, application []byte) []byte {
	h := append([]byte{0xff, markerSOI}, application...)

	for d, q := range e.quant { // B.2.4.1
		dqt := []byte{byte(d)}
		for _, at := range zigzag {
			dqt = append(dqt, q.step[at])
		}
		h = appendSegment(h, markerDQT, dqt)
	}

	sampling := byte(0x11)
	if e.options.Subsampling == S420 {
		sampling = 0x22
	}
	sof := []byte{8} // B.2.2
	sof = binary.BigEndian.AppendUint16(sof, uint16(size.Y))
	sof = binary.BigEndian.AppendUint16(sof, uint16(size.X))
	sof = append(sof, 3, 1, sampling, 0, 2, 0x11, 1, 3, 0x11, 1)
	h = appendSegment(h, markerSOF0, sof)

	for d := range e.tables { // B.2.4.2
		for class, table := range e.tables[d] {
			dht := append([]byte{byte(class<<4 | d)}, table.bits[1:]...)
			h = appendSegment(h, markerDHT, append(dht, table.vals...))
		}
	}

	interval := uint16(e.options.mcus(size.X)) // B.2.4.4: one row of MCUs
	h = appendSegment(h, markerDRI, binary.BigEndian.AppendUint16(nil, interval))
	return appendSegment(h, markerSOS, []byte{3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0}) // B.2.3
}

// densitySegment is JFIF's segment (ITU-T T.871, 10.1).
func densitySegment(dpi int) []byte {
	jfif := []byte{'J', 'F', 'I', 'F', 0, 1, 2, 1} // version 1.02, dots per inch
	jfif = binary.BigEndian.AppendUint16(jfif, uint16(dpi))
	jfif = binary.BigEndian.AppendUint16(jfif, uint16(dpi))
	return appendSegment(nil, markerAPP0, append(jfif, 0, 0)) // no thumbnail
}

// appendColour appends the colour profile (ICC.1:2001-04, B.4).
func appendColour(h []byte) []byte {
	return appendSegment(h, markerAPP2, append([]byte("ICC_PROFILE\x00\x01\x01"), colour.Profile...))
}

// appendSegment appends a marker segment (B.1.1.4).
func appendSegment(h []byte, marker byte, content []byte) []byte {
	h = binary.BigEndian.AppendUint16(append(h, 0xff, marker), uint16(len(content)+2))
	return append(h, content...)
}

package poster

import (
	"encoding/binary"
	"math"

	"smalti/pkg/colour"
)

// Profile returns an ICC profile of sRGB (IEC 61966-2-1) in version 2.4 of the format
// (ICC.1:2001-04): primaries and a tone curve, which is all that a display profile needs (6.3.2).
func Profile() []byte {
	// The colorants are those of sRGB adapted from D65 to the profile connection space's D50 by the
	// Bradford transform, and their sum is D50, so that white stays white.
	curve := toneCurve()
	tags := []struct {
		signature string
		content   []byte
	}{
		{"desc", description("sRGB")},
		{"cprt", append([]byte("text\x00\x00\x00\x00"), "No rights reserved\x00"...)},
		{"wtpt", xyz(0.9642, 1.0000, 0.8249)},
		{"rXYZ", xyz(0.4360, 0.2225, 0.0139)},
		{"gXYZ", xyz(0.3851, 0.7169, 0.0971)},
		{"bXYZ", xyz(0.1431, 0.0606, 0.7139)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	const headerSize, entrySize = 128, 12
	at := headerSize + 4 + entrySize*len(tags)
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var content []byte
	for i, t := range tags {
		shared := i > 0 && &t.content[0] == &tags[i-1].content[0] // one curve serves all three
		if !shared {
			content = append(content, make([]byte, -len(content)&3)...)
		}
		offset := at + len(content)
		if shared {
			offset -= len(t.content)
		} else {
			content = append(content, t.content...)
		}
		table = append(table, t.signature...)
		table = binary.BigEndian.AppendUint32(table, uint32(offset))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.content)))
	}
	content = append(content, make([]byte, -len(content)&3)...)

	header := make([]byte, headerSize) // 6.1
	binary.BigEndian.PutUint32(header[0:], uint32(at+len(content)))
	binary.BigEndian.PutUint32(header[8:], 0x02400000) // version 2.4
	copy(header[12:], "mntrRGB XYZ ")                  // a display, RGB, and the connection space
	for i, v := range []uint16{2026, 1, 1, 0, 0, 0} {  // a fixed date: a poster's bytes are always the same
		binary.BigEndian.PutUint16(header[24+2*i:], v)
	}
	copy(header[36:], "acsp")
	copy(header[68:], xyz(0.9642, 1.0000, 0.8249)[8:]) // the connection space's illuminant, D50
	return append(append(header, table...), content...)
}

// xyz is a tag of one colour (6.5.26), as numbers of 16 bits before and after the point.
func xyz(values ...float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

// toneCurve is a tag of a sampled curve (6.5.3): the decoding function of IEC 61966-2-1, 5.2.
func toneCurve() []byte {
	const samples = 1024
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), samples)
	for i := range samples {
		v := colour.Linear(float64(i) / (samples - 1))
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(v*math.MaxUint16)))
	}
	return b
}

// description is a tag of a name (6.5.17): in ASCII; the other two scripts are left empty.
func description(name string) []byte {
	b := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(name)+1))
	b = append(append(b, name...), 0)
	return append(b, make([]byte, 4+4+2+1+67)...)
}

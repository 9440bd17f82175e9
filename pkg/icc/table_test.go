package icc_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"smalti/pkg/icc"
)

// tableProfile is a profile to Lab with one table.
func tableProfile(space string, tag []byte) []byte {
	p := make([]byte, 128)
	p[8] = 4
	copy(p[12:], "prtr"+space+"Lab ")
	copy(p[36:], "acsp")
	copy(p[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d") // D50
	p = append(p, 0, 0, 0, 1)
	p = append(p, "A2B0"...)
	p = binary.BigEndian.AppendUint32(p, 144)
	p = binary.BigEndian.AppendUint32(p, uint32(len(tag)))
	return append(p, tag...)
}

// lut is a table of 8 or 16 bits, of two points along each channel, whose curves do nothing. out gives the samples
// of a corner, each 0 or 1.
func lut(width, inputs int, out func(corner []int) [3]int) []byte {
	b := make([]byte, 48)
	copy(b, map[int]string{1: "mft1", 2: "mft2"}[width])
	b[8], b[9], b[10] = byte(inputs), 3, 2
	line := func(n int) {
		for range n {
			for i := range 256 {
				b = append(b, bytes.Repeat([]byte{byte(i)}, width)...)
			}
		}
	}
	if width == 2 {
		b = append(b, 1, 0, 1, 0) // curves of 256 samples
	}
	line(inputs)
	for i := range 1 << inputs {
		corner := make([]int, inputs)
		for c := range corner {
			corner[c] = i >> (inputs - 1 - c) & 1
		}
		for _, v := range out(corner) {
			b = append(b, bytes.Repeat([]byte{byte(255 * v)}, width)...)
		}
	}
	line(3)
	return b
}

// curvesOnly is a lutAToBType without a table: three curves of the exponent 1.
func curvesOnly() []byte {
	b := make([]byte, 32)
	copy(b, "mAB ")
	b[8], b[9], b[15] = 3, 3, 32
	for range 3 {
		b = append(b, "curv\x00\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00"...)
	}
	return b
}

func identity(corner []int) [3]int { return [3]int{corner[0], corner[1], corner[2]} }

// The device values are those of Lab here.
func TestTables(t *testing.T) {
	black := func(corner []int) [3]int { return [3]int{1 - corner[3], 0, 0} } // only the fourth ink is seen
	for name, test := range map[string]struct {
		profile   []byte
		pix, want [3]byte
	}{
		"8 bits, L = 50":        {tableProfile("RGB ", lut(1, 3, identity)), [3]byte{128, 128, 128}, [3]byte{119, 119, 119}},
		"16 bits, L = 50":       {tableProfile("RGB ", lut(2, 3, identity)), [3]byte{128, 128, 128}, [3]byte{119, 119, 119}},
		"curves, L = 50":        {tableProfile("RGB ", curvesOnly()), [3]byte{128, 128, 128}, [3]byte{119, 119, 119}},
		"curves, white":         {tableProfile("RGB ", curvesOnly()), [3]byte{255, 128, 128}, [3]byte{255, 255, 255}},
		"a skin":                {tableProfile("RGB ", lut(2, 3, identity)), [3]byte{136, 168, 148}, [3]byte{195, 97, 95}},
		"black ink is not seen": {tableProfile("CMYK", lut(1, 4, func(c []int) [3]int { v := black(c); v[1], v[2] = c[0], c[0]; return v })), [3]byte{127, 0, 0}, [3]byte{255, 255, 255}},
	} {
		p, err := icc.Parse(test.profile)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		pix := []byte{test.pix[0], test.pix[1], test.pix[2], 77}
		p.Convert(pix)
		for i, want := range test.want {
			if d := int(pix[i]) - int(want); d < -1 || d > 1 {
				t.Errorf("%s: %v, want %v", name, pix[:3], test.want)
				break
			}
		}
		if pix[3] != 77 {
			t.Errorf("%s: alpha is %d", name, pix[3])
		}
	}
}

// What a profile says about its tables does not lead out of it.
func TestHostileTables(t *testing.T) {
	cut := lut(2, 3, identity)
	many := lut(1, 4, func([]int) [3]int { return [3]int{} })
	many[10] = 255 // points along each of four channels: 12 GB
	beyond := curvesOnly()
	binary.BigEndian.PutUint32(beyond[12:], 1<<32-4)
	itself := curvesOnly()
	for i := range 5 {
		binary.BigEndian.PutUint32(itself[12+4*i:], 8) // inside of the header
	}
	samples := curvesOnly()
	binary.BigEndian.PutUint32(samples[32+8:], 1<<31)
	for name, tag := range map[string][]byte{
		"cut off": cut[:len(cut)/2], "12 GB": many, "beyond the end": beyond, "into itself": itself, "two billion samples": samples,
		"no curves": make([]byte, 64), "empty": nil,
	} {
		for _, space := range []string{"RGB ", "CMYK"} {
			if _, err := icc.Parse(tableProfile(space, tag)); err == nil {
				t.Errorf("%s of %s: taken", name, space)
			}
		}
	}
}

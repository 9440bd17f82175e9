package colour_test

import (
	"encoding/binary"
	"math"
	"testing"

	"smalti/pkg/colour"
)

// The profile is read again as ICC.1:2001-04 says: a header, a table of tags, the tags.
func TestProfileIsSRGB(t *testing.T) {
	p := colour.Profile
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(p[at:])) }
	if u32(0) != len(p) || len(p)%4 != 0 {
		t.Fatalf("a size of %d for %d bytes", u32(0), len(p))
	}
	if got := string(p[12:24]) + string(p[36:40]); got != "mntrRGB XYZ acsp" {
		t.Errorf("the header says %q", got)
	}
	tags := map[string][]byte{}
	for i := range u32(128) {
		at := 132 + 12*i
		offset, size := u32(at+4), u32(at+8)
		if offset%4 != 0 || offset < 132 || offset+size > len(p) {
			t.Fatalf("tag %q lies at %d, %d bytes long, in %d", p[at:at+4], offset, size, len(p))
		}
		tags[string(p[at:at+4])] = p[offset : offset+size]
	}
	for _, name := range []string{"desc", "cprt", "wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"} { // 6.3.2.2
		if tags[name] == nil {
			t.Fatalf("tag %q is missing", name)
		}
	}
	for axis, want := range [3]float64{0.9642, 1, 0.8249} { // D50
		sum := 0.0
		for _, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
			sum += float64(int32(binary.BigEndian.Uint32(tags[name][8+4*axis:]))) / 65536
		}
		if math.Abs(sum-want) > 0.0002 {
			t.Errorf("the colorants' sum on axis %d is %.4f, want %.4f", axis, sum, want)
		}
	}
	curve := tags["rTRC"]
	n := int(binary.BigEndian.Uint32(curve[8:]))
	if len(curve) != 12+2*n {
		t.Fatalf("a curve of %d samples in %d bytes", n, len(curve))
	}
	at := func(v float64) float64 {
		return float64(binary.BigEndian.Uint16(curve[12+2*int(math.Round(v*float64(n-1))):])) / 65535
	}
	for v, want := range map[float64]float64{0: 0, 1: 1, 0.5: 0.21404, 0.02: 0.001548, 0.8: 0.60383} {
		if got := at(v); math.Abs(got-want) > 0.001 {
			t.Errorf("the curve at %v is %.5f, want %.5f", v, got, want)
		}
	}
}

package icc_test

import (
	"fmt"
	"math"
	"testing"

	"smalti/pkg/icc"
)

func ExampleProfile_Convert() {
	linear, _ := icc.New(icc.SRGBPrimaries, func(v float64) float64 { return v })
	pix := []byte{200, 100, 50, 255}
	linear.Convert(pix)
	fmt.Println(pix[0], pix[1], pix[2])
	// Output: 229 168 122
}

func TestSRGBIsFound(t *testing.T) {
	same, _ := icc.New(icc.SRGBPrimaries, func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	})
	if !same.IsSRGB() {
		t.Error("sRGB is not found to be sRGB")
	}
	if gamma, _ := icc.New(icc.SRGBPrimaries, func(v float64) float64 { return math.Pow(v, 1.8) }); gamma.IsSRGB() {
		t.Error("gamma 1.8 is taken for sRGB")
	}
}

func TestImpossiblePrimaries(t *testing.T) {
	for _, xy := range [][8]float64{{}, {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3}, {6: 0.3127}} {
		if _, ok := icc.New(xy, func(v float64) float64 { return v }); ok {
			t.Errorf("%v is taken", xy)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{})
	header := make([]byte, 132)
	copy(header[12:], "mntrRGB XYZ ")
	copy(header[36:], "acsp")
	copy(header[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d")
	f.Add(header)
	f.Add(tableProfile("RGB ", lut(2, 3, identity)))
	f.Add(tableProfile("RGB ", curvesOnly()))
	f.Add(tableProfile("CMYK", lut(1, 4, identity)))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if p, err := icc.Parse(data); err == nil {
			p.IsSRGB()
		}
	})
}

package icc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errProfile is why a profile is not used; callers treat its picture as sRGB.
var errProfile = errors.New("icc: damaged, or not of RGB, grey or CMYK pixels")

// Parse reads an ICC profile of version 2 or 4 (ICC.1:2022). Of RGB and CMYK profiles it uses the table A2B0 or
// A2B1; if there is none, the matrix and curves of an RGB profile (8.3.3). Of a grey profile it uses the curve
// (8.3.2). All others are errors.
func Parse(data []byte) (*Profile, error) {
	const header = 128
	if len(data) < header+4 || string(data[36:40]) != "acsp" || data[8] > 4 {
		return nil, errProfile
	}
	// Browsers do not use what is cut off, or has another illuminant than D50.
	if int64(binary.BigEndian.Uint32(data)) > int64(len(data)) {
		return nil, errProfile
	}
	for i, want := range []float64{d50X, 1, d50Z} {
		if math.Abs(fixed(data[68+4*i:])-want) > 0.01 {
			return nil, errProfile
		}
	}
	tags := readTags(data, header)
	pcs := string(data[20:24])
	if pcs != "XYZ " && pcs != "Lab " {
		return nil, errProfile
	}
	space := Space(data[16:20])
	if channels := map[Space]int{RGB: 3, CMYK: 4}[space]; channels > 0 {
		for _, name := range []string{"A2B0", "A2B1"} {
			tag, ok := tags[name]
			if !ok {
				continue
			}
			p, err := parsePipeline(tag, channels, pcs == "Lab ")
			if err != nil {
				return nil, err
			}
			return &Profile{Space: space, grid: newGrid(p, space == CMYK)}, nil
		}
	}
	if pcs != "XYZ " {
		return nil, errProfile // matrices and curves lead to XYZ only
	}
	switch space {
	case RGB:
		return parseRGB(tags)
	case Grey:
		curve, err := parseCurve(tags["kTRC"])
		if err != nil {
			return nil, err
		}
		p := newProfile([3]curveFunc{curve, curve, curve}, identity)
		p.Space = Grey
		return p, nil
	}
	return nil, errProfile
}

func readTags(data []byte, at int) map[string][]byte {
	const most = 100 // real profiles have about twenty
	tags := map[string][]byte{}
	n := min(int(binary.BigEndian.Uint32(data[at:])), most)
	for entry := data[at+4:]; n > 0 && len(entry) >= 12; n, entry = n-1, entry[12:] {
		from, size := int64(binary.BigEndian.Uint32(entry[4:])), int64(binary.BigEndian.Uint32(entry[8:]))
		if from+size <= int64(len(data)) {
			tags[string(entry[:4])] = data[from : from+size]
		}
	}
	return tags
}

func parseRGB(tags map[string][]byte) (*Profile, error) {
	var curves [3]curveFunc
	var m matrix // from light of the profile to XYZ under D50
	for i, colour := range []string{"r", "g", "b"} {
		var err error
		if curves[i], err = parseCurve(tags[colour+"TRC"]); err != nil {
			return nil, err
		}
		xyz := tags[colour+"XYZ"]
		if len(xyz) < 20 || string(xyz[:4]) != "XYZ " {
			return nil, errProfile
		}
		for j := range 3 {
			m[3*j+i] = fixed(xyz[8+4*j:])
		}
	}
	return newProfile(curves, d50ToRGB.times(m)), nil
}

// curveFunc maps a device value to light, both 0 to 1.
type curveFunc func(float64) float64

func parseCurve(tag []byte) (curveFunc, error) {
	if len(tag) < 12 {
		return nil, errProfile
	}
	switch string(tag[:4]) {
	case "curv":
		return sampledCurve(tag[8:])
	case "para":
		return parametricCurve(int(binary.BigEndian.Uint16(tag[8:])), tag[12:])
	}
	return nil, errProfile
}

// sampledCurve is a curveType (10.6): linear, one exponent, or samples with straight lines between them.
func sampledCurve(tag []byte) (curveFunc, error) {
	n := int64(binary.BigEndian.Uint32(tag))
	tag = tag[4:]
	switch {
	case n == 0:
		return func(v float64) float64 { return v }, nil
	case n > int64(len(tag)/2):
		return nil, fmt.Errorf("%w: curve of %d samples in %d bytes", errProfile, n, len(tag))
	case n == 1:
		return power(float64(binary.BigEndian.Uint16(tag)) / 256), nil
	}
	return samplesCurve(tag[:2*n], 2), nil
}

// parameters is how many a parametric curve of each kind has.
var parameters = []int{1, 3, 4, 5, 7}

// parametricCurve is a parametricCurveType (10.18, table 68).
func parametricCurve(kind int, tag []byte) (curveFunc, error) {
	if kind >= len(parameters) || len(tag) < 4*parameters[kind] {
		return nil, errProfile
	}
	p := [7]float64{1: 1} // g, a, b, c, d, e, f
	for i := range parameters[kind] {
		p[i] = fixed(tag[4*i:])
	}
	g, a, b, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	switch kind {
	case 0:
		return power(g), nil
	case 1, 2: // constant below -b/a
		if a == 0 {
			return nil, errProfile
		}
		d, e, c, f = -b/a, c, 0, c
	}
	return func(v float64) float64 {
		if v < d {
			return c*v + f
		}
		return math.Pow(max(a*v+b, 0), g) + e
	}, nil
}

func power(g float64) curveFunc { return func(v float64) float64 { return math.Pow(v, g) } }

// fixed is an s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

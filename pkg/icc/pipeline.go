package icc

import (
	"encoding/binary"
	"math"
)

// pipeline leads from device values to the colours of the profile's connection space (ICC.1:2022, 10.10 to 10.12):
// curves, a table of colours, curves, a matrix and curves again. What is nil does nothing.
type pipeline struct {
	first   []curveFunc
	points  []int  // of the table, by device channel; the first varies slowest
	samples []byte // of the table, three numbers for each point
	width   int    // bytes of a sample
	middle  []curveFunc
	matrix  []float64 // three rows of three, then what is added
	last    []curveFunc
	lab     bool // to Lab, or else to XYZ
}

const outputs = 3

// parsePipeline reads an A2B tag. It keeps slices of the tag, so that its memory is bounded by the file's.
func parsePipeline(tag []byte, inputs int, lab bool) (*pipeline, error) {
	if len(tag) < 32 || int(tag[8]) != inputs || tag[9] != outputs {
		return nil, errProfile
	}
	p := &pipeline{lab: lab}
	switch string(tag[:4]) {
	case "mft1":
		return p, p.parseLUT(tag, 1, 48, 256, 256)
	case "mft2":
		if len(tag) < 52 {
			return nil, errProfile
		}
		return p, p.parseLUT(tag, 2, 52, int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:])))
	case "mAB ":
		return p, p.parseMAB(tag)
	}
	return nil, errProfile
}

// parseLUT reads tables of 8 or 16 bits: curves of n samples, colours, and curves of m samples.
func (p *pipeline) parseLUT(tag []byte, width, at, n, m int) error {
	inputs := int(tag[8])
	for range inputs {
		p.points = append(p.points, int(tag[10]))
	}
	colours := p.size() * width
	rest := tag[at:]
	if n < 2 || m < 2 || len(rest) < (inputs*n+outputs*m)*width || colours <= 0 || colours > len(rest)-(inputs*n+outputs*m)*width {
		return errProfile
	}
	take := func(n int) (samples []byte) {
		samples, rest = rest[:n*width], rest[n*width:]
		return samples
	}
	for range inputs {
		p.first = append(p.first, samplesCurve(take(n), width))
	}
	p.samples, p.width = take(p.size()), width
	for range outputs {
		p.last = append(p.last, samplesCurve(take(m), width))
	}
	return nil
}

// parseMAB reads a lutAToBType (10.12).
func (p *pipeline) parseMAB(tag []byte) (err error) {
	part := func(i int) []byte {
		at := int64(binary.BigEndian.Uint32(tag[12+4*i:]))
		if at == 0 || at > int64(len(tag)) {
			return nil
		}
		return tag[at:]
	}
	inputs := int(tag[8])
	b, matrix, m, colours, a := part(0), part(1), part(2), part(3), part(4)
	if p.last, err = parseCurves(b, outputs); err != nil {
		return err
	}
	if m != nil && matrix != nil {
		if p.middle, err = parseCurves(m, outputs); err != nil {
			return err
		}
		if len(matrix) < 48 {
			return errProfile
		}
		for i := range 12 {
			p.matrix = append(p.matrix, fixed(matrix[4*i:]))
		}
	}
	if colours == nil && a == nil && inputs == outputs {
		return nil
	}
	if p.first, err = parseCurves(a, inputs); err != nil {
		return err
	}
	const header = 20
	if len(colours) < header {
		return errProfile
	}
	for _, n := range colours[:inputs] {
		p.points = append(p.points, int(n))
	}
	p.width = int(colours[16])
	if n := p.size() * p.width; p.width < 1 || p.width > 2 || n <= 0 || n > len(colours)-header {
		return errProfile
	}
	p.samples = colours[header:]
	return nil
}

// size is how many samples the table has; 0 if that makes no sense.
func (p *pipeline) size() int {
	n := outputs
	for _, points := range p.points {
		if n *= points; n > 1<<28 {
			return 0
		}
	}
	return n
}

// parseCurves reads curves that follow each other, each from a multiple of four bytes on.
func parseCurves(data []byte, n int) (curves []curveFunc, err error) {
	for range n {
		c, err := parseCurve(data)
		if err != nil {
			return nil, err
		}
		curves = append(curves, c)
		size := 12 + 2*int64(binary.BigEndian.Uint32(data[8:]))
		if string(data[:4]) == "para" {
			size = 12 + 4*int64(parameters[binary.BigEndian.Uint16(data[8:])])
		}
		data = data[min(int64(len(data)), (size+3)&^3):]
	}
	return curves, nil
}

// samplesCurve has straight lines between samples.
func samplesCurve(samples []byte, width int) curveFunc {
	last := len(samples)/width - 1
	return func(v float64) float64 {
		at := v * float64(last)
		i := min(int(at), last)
		a, b := sample(samples, width, i), sample(samples, width, min(i+1, last))
		return a + (at-float64(i))*(b-a)
	}
}

// sample is a number from 0 to 1.
func sample(samples []byte, width, i int) float64 {
	if width == 1 {
		return float64(samples[i]) / 255
	}
	return float64(binary.BigEndian.Uint16(samples[2*i:])) / 65535
}

// xyz is the colour of device values from 0 to 1, as XYZ under D50.
func (p *pipeline) xyz(device []float64) (x, y, z float64) {
	var in [4]float64
	n := copy(in[:], device)
	apply(p.first, in[:n])
	v := [outputs]float64(in[:outputs])
	if p.samples != nil {
		v = p.colour(in[:n])
	}
	apply(p.middle, v[:])
	if m := p.matrix; m != nil {
		v = [outputs]float64{
			clamp(m[0]*v[0] + m[1]*v[1] + m[2]*v[2] + m[9]),
			clamp(m[3]*v[0] + m[4]*v[1] + m[5]*v[2] + m[10]),
			clamp(m[6]*v[0] + m[7]*v[1] + m[8]*v[2] + m[11]),
		}
	}
	apply(p.last, v[:])
	if !p.lab {
		const one = 32768.0 / 65535 // 6.3.4.2, table 10
		return v[0] / one, v[1] / one, v[2] / one
	}
	// Tables of 16 bits should have L = 100 at FF00 (10.10, table 41). Chromium has it at FFFF everywhere.
	l, a, b := 100*v[0], 255*v[1]-128, 255*v[2]-128
	fy := (l + 16) / 116
	return d50X * cube(fy+a/500), cube(fy), d50Z * cube(fy-b/200)
}

// cube is the inverse of the function in CIE 1976 L*a*b*.
func cube(f float64) float64 {
	if f > 6.0/29 {
		return f * f * f
	}
	return (f - 16.0/116) * 108 / 841
}

func apply(curves []curveFunc, v []float64) {
	for i, curve := range curves {
		v[i] = clamp(curve(v[i]))
	}
}

func clamp(v float64) float64 {
	if !(v > 0) { // NaN, too
		return 0
	}
	return math.Min(v, 1)
}

// colour interpolates between the points of the table around some device values.
func (p *pipeline) colour(device []float64) (v [outputs]float64) {
	var low, step [4]int
	var part [4]float64
	stride := outputs
	for i := len(device) - 1; i >= 0; i-- {
		at := device[i] * float64(p.points[i]-1)
		cell := min(int(at), max(p.points[i]-2, 0))
		low[i], part[i] = cell*stride, at-float64(cell)
		if p.points[i] > 1 {
			step[i] = stride
		}
		stride *= p.points[i]
	}
	for corner := range 1 << len(device) {
		weight, at := 1.0, 0
		for i := range device {
			if corner>>i&1 != 0 {
				weight, at = weight*part[i], at+low[i]+step[i]
			} else {
				weight, at = weight*(1-part[i]), at+low[i]
			}
		}
		if weight == 0 {
			continue
		}
		for c := range v {
			v[c] += weight * sample(p.samples, p.width, at+c)
		}
	}
	return v
}

package photo

import (
	_ "embed"
	"math"
	"sync"
)

const (
	faceSide   = 12 // of the window, in samples
	faceInputs = faceSide * faceSide

	noise       = 2 // levels that are added to the standard deviation
	leastSpread = 4 // the least standard deviation of a face, in levels: a flat wall is none
)

// A small network tells faces from the rest. Its input is luma without its mean, in units of its standard deviation.
// So it knows no colours, and all tones of skin and grey photos are alike to it. Its weights were found by stochastic
// descent of the logistic loss, with 149 marked faces, shifted, turned, lit from other sides, and with what most
// looked like faces elsewhere in these and 618 other photos. With the weights from half of the faces, it finds four of
// five of the others; so nothing here relies on a single window.
//
//go:embed face.weights
var faceWeights []byte // of the hidden units, one after the other, row by row

// faceCounts has the bias of each hidden unit, and how much the unit counts.
var faceCounts = [...]struct{ bias, counts float32 }{
	{-717.5, 0.007088}, {97.85, -0.005228}, {244.2, -0.003797}, {297.1, -0.004001},
	{-232.6, -0.008694}, {-191.4, -0.009073}, {-287.4, -0.005117}, {7.927, -0.004113},
}

const faceBias float32 = 1.117

type faceUnit struct {
	weights            [faceInputs]float32
	rest, bias, counts float32 // rest is the sum of the weights
}

var faceUnits = sync.OnceValue(func() *[len(faceCounts)]faceUnit {
	var units [len(faceCounts)]faceUnit
	for i, c := range faceCounts {
		u := &units[i]
		for k := range u.weights {
			u.weights[k] = float32(int8(faceWeights[i*faceInputs+k]))
			u.rest += u.weights[k]
		}
		u.bias, u.counts = c.bias, c.counts
	}
	return &units
})

// window is a part of a tall picture that may hold a face, from the brows to the chin: its corner and side as shares
// of the picture's width, and the logarithm of how much more likely it is a face than not.
type window struct{ left, top, side, evidence float64 }

// faceAcross are the widths to which a picture is scaled in turn, with the steps of the window: the least face that it
// finds fills almost half of the width.
var faceAcross = [...]struct{ width, step int }{{27, 2}, {22, 2}, {18, 2}, {15, 2}, {13, 1}, {12, 1}}

// windows calls look with all windows in the middle of a tall picture, where tight portraits have their faces.
func windows(p plane, look func(p plane, x, y int, w window)) {
	for _, across := range faceAcross {
		if across.width > p.width {
			continue
		}
		p = p.scaled(across.width, p.height*across.width/p.width)
		unit := 1 / float64(p.width)
		room := p.width - faceSide
		off := max(0, room/2-p.width*3/10)
		for y := 0; y+faceSide <= p.height; y += across.step {
			for x := off; x <= room-off; x += across.step {
				look(p, x, y, window{left: float64(x) * unit, top: float64(y) * unit, side: faceSide * unit})
			}
		}
	}
}

// evidence tells how much the window at x, y looks like a face: at least so much, or something less.
func (p plane) evidence(x, y int, least float64) float64 {
	var levels [faceInputs]float32
	var sum, squares float32
	for row := range faceSide {
		copy(levels[row*faceSide:][:faceSide], p.levels[(y+row)*p.width+x:])
	}
	for _, v := range levels {
		sum += v
		squares += v * v
	}
	mean := sum / faceInputs
	spread := float32(math.Sqrt(float64(max(0, squares/faceInputs-mean*mean))))
	if spread < leastSpread {
		return math.Inf(-1)
	}
	scale := 1 / (noise + spread)
	evidence := faceBias
	units := faceUnits()
	for i := range units {
		u := &units[i]
		var s0, s1, s2, s3 float32 // which the processor adds up at once
		for k := 0; k < faceInputs; k += 4 {
			s0 += u.weights[k] * levels[k]
			s1 += u.weights[k+1] * levels[k+1]
			s2 += u.weights[k+2] * levels[k+2]
			s3 += u.weights[k+3] * levels[k+3]
		}
		// The weights add up to 0, or nearly so: what is left of the mean is in rest.
		evidence += u.counts * max(0, (s0+s1+s2+s3-mean*u.rest)*scale+u.bias)
		if evidence < float32(least) && i > 0 {
			break // all but the first unit speak against a face
		}
	}
	return float64(evidence)
}

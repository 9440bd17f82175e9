package jpeg

// Blocks of three, five, six and seven levels take out what a power of two leaves to a filter. The constants are
// √2 cos kπ/2n for n points, with 13 bits behind the point.

// points3 is the transform of one dimension, with a half to round added. It is the even part of points6, too.
func points3(v0, v1, v2, half int32) (a, b, c int32) {
	e := v0<<dctBits + half
	d := e + v2*5793
	return d + v1*10033, e - v2*11585, d - v1*10033
}

// odd5 is the part of five points that the odd coefficients have.
func odd5(v1, v3 int32) (a, b int32) { return v1*11018 + v3*6810, v1*6810 - v3*11018 }

// even5 is the rest of it.
func even5(v0, v2, v4, half int32) (a, b, c int32) {
	e := v0<<dctBits + half
	return e + v2*9373 + v4*3580, e - v2*3580 - v4*9373, e + (v4-v2)*11585
}

// odd6 is the part of six points that the odd coefficients have.
func odd6(v1, v3, v5 int32) (a, b, c int32) {
	z := (v1 + v5) * 2998
	return z + (v1+v3)<<dctBits, (v1 - v3 - v5) << dctBits, z + (v5-v3)<<dctBits
}

// odd7 is the part of seven points that the odd coefficients have.
func odd7(v1, v3, v5 int32) (a, b, c int32) {
	return v1*11295 + v3*9058 + v5*5027, v1*9058 - v3*5027 - v5*11295, v1*5027 - v3*11295 + v5*9058
}

// even7 is the rest of it.
func even7(v0, v2, v4, v6, half int32) (a, b, c, d int32) {
	e := v0<<dctBits + half
	return e + v2*10438 + v4*7223 + v6*2578, e + v2*2578 - v4*10438 - v6*7223,
		e - v2*7223 - v4*2578 + v6*10438, e + (v4-v2-v6)*11585
}

const (
	halfOfColumn  = 1 << (dctBits - early - 1)
	halfOfRow     = 1<<(dctBits+early+2) + 128<<(dctBits+early+3)
	shiftOfColumn = dctBits - early
	shiftOfRow    = dctBits + early + 3
)

// idct3 makes 3 x 3 levels of the first three coefficients of three rows.
func idct3(in *[64]int32, dst []byte, stride int) {
	var mid [9]int32
	for i := range 3 {
		a, b, c := points3(in[i], in[8+i], in[16+i], halfOfColumn)
		mid[i], mid[3+i], mid[6+i] = a>>shiftOfColumn, b>>shiftOfColumn, c>>shiftOfColumn
	}
	for i := range 3 {
		a, b, c := points3(mid[3*i], mid[3*i+1], mid[3*i+2], halfOfRow)
		out := dst[i*stride:][:3:3]
		out[0], out[1], out[2] = level(a>>shiftOfRow), level(b>>shiftOfRow), level(c>>shiftOfRow)
	}
}

// idct5 makes 5 x 5 levels.
func idct5(in *[64]int32, dst []byte, stride int) {
	var mid [25]int32
	for i := range 5 {
		a, b, c := even5(in[i], in[16+i], in[32+i], halfOfColumn)
		o0, o1 := odd5(in[8+i], in[24+i])
		mid[i], mid[20+i] = (a+o0)>>shiftOfColumn, (a-o0)>>shiftOfColumn
		mid[5+i], mid[15+i] = (b+o1)>>shiftOfColumn, (b-o1)>>shiftOfColumn
		mid[10+i] = c >> shiftOfColumn
	}
	for i := range 5 {
		row := mid[5*i : 5*i+5 : 5*i+5]
		a, b, c := even5(row[0], row[2], row[4], halfOfRow)
		o0, o1 := odd5(row[1], row[3])
		out := dst[i*stride:][:5:5]
		out[0], out[4] = level((a+o0)>>shiftOfRow), level((a-o0)>>shiftOfRow)
		out[1], out[3] = level((b+o1)>>shiftOfRow), level((b-o1)>>shiftOfRow)
		out[2] = level(c >> shiftOfRow)
	}
}

// idct6 makes 6 x 6 levels.
func idct6(in *[64]int32, dst []byte, stride int) {
	var mid [36]int32
	for i := range 6 {
		a, b, c := points3(in[i], in[16+i], in[32+i], halfOfColumn)
		o0, o1, o2 := odd6(in[8+i], in[24+i], in[40+i])
		mid[i], mid[30+i] = (a+o0)>>shiftOfColumn, (a-o0)>>shiftOfColumn
		mid[6+i], mid[24+i] = (b+o1)>>shiftOfColumn, (b-o1)>>shiftOfColumn
		mid[12+i], mid[18+i] = (c+o2)>>shiftOfColumn, (c-o2)>>shiftOfColumn
	}
	for i := range 6 {
		row := mid[6*i : 6*i+6 : 6*i+6]
		a, b, c := points3(row[0], row[2], row[4], halfOfRow)
		o0, o1, o2 := odd6(row[1], row[3], row[5])
		out := dst[i*stride:][:6:6]
		out[0], out[5] = level((a+o0)>>shiftOfRow), level((a-o0)>>shiftOfRow)
		out[1], out[4] = level((b+o1)>>shiftOfRow), level((b-o1)>>shiftOfRow)
		out[2], out[3] = level((c+o2)>>shiftOfRow), level((c-o2)>>shiftOfRow)
	}
}

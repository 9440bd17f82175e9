package jpeg

// Constants of the inverse DCT, with 13 bits behind the point.
const (
	dctBits = 13
	early   = 2 // bits that are kept between the two passes

	c0298 = 2446
	c0390 = 3196
	c0541 = 4433
	c0765 = 6270
	c0899 = 7373
	c1175 = 9633
	c1501 = 12299
	c1847 = 15137
	c1961 = 16069
	c2053 = 16819
	c2562 = 20995
	c3072 = 25172
)

// idct8 is the inverse DCT of a block (ITU-T T.81, A.3.3) in two passes of the one-dimensional transform of
// C. Loeffler, A. Ligtenberg and G. Moschytz: Practical fast 1-D DCT algorithms with 11 multiplications (ICASSP
// 1989). It rounds where the accurate one of libjpeg does, and gives the same levels.
func idct8(in *[64]int32, dst []byte, stride int) {
	const half1, half2 = 1 << (dctBits - early - 1), 1<<(dctBits+early+2) + 128<<(dctBits+early+3)
	var mid [64]int32
	for i := range 8 {
		v0, v1, v2, v3, v4, v5, v6, v7 := in[i], in[8+i], in[16+i], in[24+i], in[32+i], in[40+i], in[48+i], in[56+i]
		if v1|v2|v3|v4|v5|v6|v7 == 0 {
			dc := v0 << early
			mid[i], mid[8+i], mid[16+i], mid[24+i], mid[32+i], mid[40+i], mid[48+i], mid[56+i] = dc, dc, dc, dc, dc, dc, dc, dc
			continue
		}
		z := (v2 + v6) * c0541
		t2, t3 := z-v6*c1847, z+v2*c0765
		t0, t1 := (v0+v4)<<dctBits+half1, (v0-v4)<<dctBits+half1
		e0, e1, e2, e3 := t0+t3, t1+t2, t1-t2, t0-t3
		o0, o1, o2, o3 := odd(v1, v3, v5, v7)
		const shift = dctBits - early
		mid[i], mid[56+i] = (e0+o0)>>shift, (e0-o0)>>shift
		mid[8+i], mid[48+i] = (e1+o1)>>shift, (e1-o1)>>shift
		mid[16+i], mid[40+i] = (e2+o2)>>shift, (e2-o2)>>shift
		mid[24+i], mid[32+i] = (e3+o3)>>shift, (e3-o3)>>shift
	}
	for i := range 8 {
		row := mid[8*i : 8*i+8 : 8*i+8]
		v0, v1, v2, v3, v4, v5, v6, v7 := row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]
		z := (v2 + v6) * c0541
		t2, t3 := z-v6*c1847, z+v2*c0765
		t0, t1 := (v0+v4)<<dctBits+half2, (v0-v4)<<dctBits+half2
		e0, e1, e2, e3 := t0+t3, t1+t2, t1-t2, t0-t3
		o0, o1, o2, o3 := odd(v1, v3, v5, v7)
		const shift = dctBits + early + 3
		out := dst[i*stride:][:8:8]
		out[0], out[7] = level((e0+o0)>>shift), level((e0-o0)>>shift)
		out[1], out[6] = level((e1+o1)>>shift), level((e1-o1)>>shift)
		out[2], out[5] = level((e2+o2)>>shift), level((e2-o2)>>shift)
		out[3], out[4] = level((e3+o3)>>shift), level((e3-o3)>>shift)
	}
}

// odd is the part of the one-dimensional transform that the odd coefficients have.
func odd(v1, v3, v5, v7 int32) (o0, o1, o2, o3 int32) {
	z5 := (v7 + v3 + v5 + v1) * c1175
	z1, z2 := (v7+v1)*-c0899, (v5+v3)*-c2562
	z3, z4 := (v7+v3)*-c1961+z5, (v5+v1)*-c0390+z5
	return v1*c1501 + z1 + z4, v3*c3072 + z2 + z3, v5*c2053 + z2 + z4, v7*c0298 + z1 + z3
}

// idct8of4 is idct8 for blocks whose coefficients are all among the first four of the first four rows.
func idct8of4(in *[64]int32, dst []byte, stride int) {
	const half1, half2 = 1 << (dctBits - early - 1), 1<<(dctBits+early+2) + 128<<(dctBits+early+3)
	var mid [32]int32 // rows of four
	for i := range 4 {
		v0, v1, v2, v3 := in[i]<<dctBits+half1, in[8+i], in[16+i], in[24+i]
		t2, t3 := v2*c0541, v2*(c0541+c0765)
		e0, e1, e2, e3 := v0+t3, v0+t2, v0-t2, v0-t3
		o0, o1, o2, o3 := odd4(v1, v3)
		const shift = dctBits - early
		mid[i], mid[28+i] = (e0+o0)>>shift, (e0-o0)>>shift
		mid[4+i], mid[24+i] = (e1+o1)>>shift, (e1-o1)>>shift
		mid[8+i], mid[20+i] = (e2+o2)>>shift, (e2-o2)>>shift
		mid[12+i], mid[16+i] = (e3+o3)>>shift, (e3-o3)>>shift
	}
	for i := range 8 {
		row := mid[4*i : 4*i+4 : 4*i+4]
		v0, v1, v2, v3 := row[0]<<dctBits+half2, row[1], row[2], row[3]
		t2, t3 := v2*c0541, v2*(c0541+c0765)
		e0, e1, e2, e3 := v0+t3, v0+t2, v0-t2, v0-t3
		o0, o1, o2, o3 := odd4(v1, v3)
		const shift = dctBits + early + 3
		out := dst[i*stride:][:8:8]
		out[0], out[7] = level((e0+o0)>>shift), level((e0-o0)>>shift)
		out[1], out[6] = level((e1+o1)>>shift), level((e1-o1)>>shift)
		out[2], out[5] = level((e2+o2)>>shift), level((e2-o2)>>shift)
		out[3], out[4] = level((e3+o3)>>shift), level((e3-o3)>>shift)
	}
}

// odd4 is odd without the fifth and the seventh.
func odd4(v1, v3 int32) (o0, o1, o2, o3 int32) {
	return v1*(c1501-c0899-c0390+c1175) + v3*c1175,
		v1*c1175 + v3*(c3072-c2562-c1961+c1175),
		v1*(c1175-c0390) + v3*(c1175-c2562),
		v1*(c1175-c0899) + v3*(c1175-c1961)
}

// flat fills a block that has only its mean.
func flat(dc int32, nx, ny int, dst []byte, stride int) {
	l := level((dc+4)>>3 + 128)
	for y := range ny {
		row := dst[y*stride:][:nx]
		for x := range row {
			row[x] = l
		}
	}
}

// level clamps to 0 to 255.
func level(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^(v >> 31))
	}
	return uint8(v)
}

package jpeg

// Inverse DCTs of fewer points than the block has coefficients give a reduced block: the picture without the
// frequencies that the reduced one cannot show. With the scale factors of idct8, all of them have the same mean.

// idct4 makes 4 x 4 levels of the first four coefficients of four rows.
func idct4(in *[64]int32, dst []byte, stride int) {
	const half1, half2 = 1 << (dctBits - early - 1), 1<<(dctBits+early+2) + 128<<(dctBits+early+3)
	var mid [16]int32
	for i := range 4 {
		a, b, c, d := points4(in[i], in[8+i], in[16+i], in[24+i], half1)
		const shift = dctBits - early
		mid[i], mid[4+i], mid[8+i], mid[12+i] = a>>shift, b>>shift, c>>shift, d>>shift
	}
	for i := range 4 {
		a, b, c, d := points4(mid[4*i], mid[4*i+1], mid[4*i+2], mid[4*i+3], half2)
		const shift = dctBits + early + 3
		out := dst[i*stride:][:4:4]
		out[0], out[1], out[2], out[3] = level(a>>shift), level(b>>shift), level(c>>shift), level(d>>shift)
	}
}

// points4 is the transform of one dimension, with a half to round added.
func points4(v0, v1, v2, v3, half int32) (a, b, c, d int32) {
	e0, e1 := (v0+v2)<<dctBits+half, (v0-v2)<<dctBits+half
	z := (v1 + v3) * c0541
	o0, o1 := z+v1*c0765, z-v3*c1847
	return e0 + o0, e1 + o1, e1 - o1, e0 - o0
}

// idct2 makes 2 x 2 levels of the first two coefficients of two rows.
func idct2(in *[64]int32, dst []byte, stride int) {
	a, b, c, d := in[0]+4+128<<3, in[1], in[8], in[9]
	top, bottom := dst[:2:2], dst[stride:][:2:2]
	top[0], top[1] = level((a+b+c+d)>>3), level((a-b+c-d)>>3)
	bottom[0], bottom[1] = level((a+b-c-d)>>3), level((a-b-c+d)>>3)
}

// idctMixed makes nx x ny levels. Of components that are sampled differently in the two directions, the reduced
// blocks are no squares.
func idctMixed(in *[64]int32, nx, ny int, dst []byte, stride int) {
	var mid [8][8]int32
	for x := range nx {
		var column [8]int32
		for y := range ny {
			column[y] = in[8*y+x] << early
		}
		for y, v := range points(&column, ny) {
			mid[y][x] = v
		}
	}
	for y := range ny {
		for x, v := range points(&mid[y], nx) {
			if x < nx {
				dst[y*stride+x] = level((v+1<<(early+2))>>(early+3) + 128)
			}
		}
	}
}

// points is the transform of one dimension with n points.
func points(v *[8]int32, n int) (out [8]int32) {
	const half = 1 << (dctBits - 1)
	switch n {
	case 1:
		out[0] = v[0] << dctBits
	case 2:
		out[0], out[1] = (v[0]+v[1])<<dctBits, (v[0]-v[1])<<dctBits
	case 3:
		out[0], out[1], out[2] = points3(v[0], v[1], v[2], half)
	case 4:
		out[0], out[1], out[2], out[3] = points4(v[0], v[1], v[2], v[3], half)
	case 5:
		a, b, c := even5(v[0], v[2], v[4], half)
		o0, o1 := odd5(v[1], v[3])
		out[0], out[1], out[2], out[3], out[4] = a+o0, b+o1, c, b-o1, a-o0
	case 6:
		a, b, c := points3(v[0], v[2], v[4], half)
		o0, o1, o2 := odd6(v[1], v[3], v[5])
		out[0], out[1], out[2], out[3], out[4], out[5] = a+o0, b+o1, c+o2, c-o2, b-o1, a-o0
	case 7:
		a, b, c, d := even7(v[0], v[2], v[4], v[6], half)
		o0, o1, o2 := odd7(v[1], v[3], v[5])
		out[0], out[1], out[2], out[3], out[4], out[5], out[6] = a+o0, b+o1, c+o2, d, c-o2, b-o1, a-o0
	default:
		z := (v[2] + v[6]) * c0541
		t2, t3 := z-v[6]*c1847, z+v[2]*c0765
		t0, t1 := (v[0]+v[4])<<dctBits+half, (v[0]-v[4])<<dctBits+half
		e := [4]int32{t0 + t3, t1 + t2, t1 - t2, t0 - t3}
		var o [4]int32
		o[0], o[1], o[2], o[3] = odd(v[1], v[3], v[5], v[7])
		for i := range 4 {
			out[i], out[7-i] = e[i]+o[i], e[i]-o[i]
		}
	}
	for i := range n {
		out[i] >>= dctBits
	}
	return out
}

// transform makes the levels of a block. last is the last of its coefficients that is not 0, in zigzag order.
func (c *component) transform(in *[64]int32, last int, dst []byte) {
	switch {
	case last == 0:
		flat(in[0], c.nx, c.ny, dst, c.stride)
	case c.nx == 8 && c.ny == 8:
		const inCorner = 9 // up to here, all are among the first four of four rows
		if last <= inCorner {
			idct8of4(in, dst, c.stride)
		} else {
			idct8(in, dst, c.stride)
		}
	case c.nx == 4 && c.ny == 4:
		idct4(in, dst, c.stride)
	case c.nx == 6 && c.ny == 6:
		idct6(in, dst, c.stride)
	case c.nx == 5 && c.ny == 5:
		idct5(in, dst, c.stride)
	case c.nx == 3 && c.ny == 3:
		idct3(in, dst, c.stride)
	case c.nx == 2 && c.ny == 2:
		idct2(in, dst, c.stride)
	default:
		idctMixed(in, c.nx, c.ny, dst, c.stride)
	}
}
